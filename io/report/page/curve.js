// One column over another as points on a line, with its lowest point marked (what a search tried), its highest, or none.
function curve_panel(panel) {
  const c = panel.curve;
  const box = h('div', {class: 'chart'});
  const name = (axis) => label_of(axis) + (unit_of(axis.units) ? ` (${unit_of(axis.units)})` : '');
  const value = (axis, v) => with_unit(number_text(Number(v.toPrecision(8)), axis.units), axis.units);
  const points = c.x.values.map((v, i) => ({x: v, y: c.y.values[i]})).filter((p) => is_number(p.x) && is_number(p.y)).sort((a, b) => a.x - b.x);
  if (points.length === 0) return h('p', {class: 'note'}, '–');
  const sign = panel.marked === 'none' ? 0 : panel.marked === 'high' ? -1 : 1;
  const best = sign === 0 ? null : points.reduce((a, b) => (sign * b.y < sign * a.y ? b : a));
  const finding = best ? word(sign < 0 ? 'most_at' : 'least_at', label_of(c.y), value(c.y, best.y), name(c.x), value(c.x, best.x)) : '';
  mount(box, (width) => draw_curve(box, c, points, best, width, {title: said(panel.title), finding, name, value}));
  return h('div', {}, best ? h('p', {class: 'finding'}, finding) : null, box);
}

function draw_curve(box, c, points, best, width, words) {
  box.replaceChildren();
  const height = Math.min(320, Math.max(200, width * 0.4)), left = 76, right = 18, top = 28, bottom = 44;
  // A search halves its interval: on a logarithmic axis its steps are alike.
  const wide = points[0].x > 0 && points[points.length - 1].x > 20 * points[0].x;
  const x = (wide ? d3.scaleLog() : d3.scaleLinear()).domain(d3.extent(points, (p) => p.x)).range([left, width - right]);
  const y = d3.scaleLinear(d3.extent(points, (p) => p.y), [height - bottom, top]).nice(4);
  const svg = d3.select(box).append('svg').attr('width', width).attr('height', height).attr('role', 'img').attr('aria-label', `${words.title}. ${words.finding}`);
  const tip = make_tip(box);
  const across = wide ? x.ticks(Math.min(8, width / 80)).filter((v) => [1, 2, 5].includes(Number(v.toPrecision(1)[0]))) : x.ticks(Math.min(10, width / 70));
  svg.append('g').attr('class', 'axis').attr('transform', `translate(${left},0)`)
    .call(d3.axisLeft(y).ticks(4).tickFormat((v) => number_text(v, c.y.units)).tickSize(-(width - left - right)));
  svg.append('g').attr('class', 'axis').attr('transform', `translate(0,${height - bottom})`)
    .call(d3.axisBottom(x).tickValues(across).tickFormat((v) => number_text(v, c.x.units)));
  svg.append('text').attr('class', 'axis_name').attr('x', width - right).attr('y', height - 6).attr('text-anchor', 'end').text(words.name(c.x));
  svg.append('text').attr('class', 'axis_name').attr('x', 4).attr('y', 14).text(words.name(c.y));
  svg.append('path').attr('class', 'curve').attr('d', d3.line().x((p) => x(p.x)).y((p) => y(p.y))(points));
  const marked = points.length > 300 ? [best].filter(Boolean) : points;  // more would hide the line
  svg.append('g').selectAll('circle').data(marked).enter().append('circle').attr('class', (p) => (p === best ? 'tried best' : 'tried'))
    .attr('cx', (p) => x(p.x)).attr('cy', (p) => y(p.y)).attr('r', (p) => (p === best ? 5 : 3))
    .on('mousemove', (p) => tip.show(d3.mouse(box), [words.value(c.x, p.x), words.value(c.y, p.y)]))
    .on('mouseleave', tip.hide);
}
