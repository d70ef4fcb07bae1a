// A weighted histogram with its median and 90th percentile, and the same in a sentence.
function distribution_sentence(d) {
  const who = d.weighted ? label_of({label: d.weight_label, label_ko: d.weight_label_ko}).replace(/^people: /, '') : word('all_rows');
  const value = (v) => with_unit(number_text(v, d.units), d.units);
  const parts = [];
  if (d.time) {
    parts.push(is_number(d.median) ? word('half_within', who, value(d.median)) : word('half_never', who));
    if (is_number(d.median)) parts.push(is_number(d.p90) ? word('ninety_within', value(d.p90)) : word('ninety_never'));
  } else {
    parts.push(word('median_is', value(d.median)), word('p90_is', value(d.p90)));
  }
  if (d.missing > 0) parts.push(word(d.time ? 'never' : 'missing', count(d.missing), percent(d.missing / d.total)));
  return parts.join(language === 'ko' ? ', ' : '; ') + '.';
}

function distribution_panel(panel) {
  const d = panel.distribution;
  const box = h('div', {class: 'chart'});
  mount(box, (width) => draw_distribution(box, d, width, said(panel.title)));
  return h('div', {}, h('p', {class: 'finding'}, distribution_sentence(d)), box);
}

function draw_distribution(box, d, width, title) {
  box.replaceChildren();
  const bins = d.weights || [];
  if (bins.length === 0) return;
  const height = Math.min(300, Math.max(200, width * 0.35)), left = 56, right = 18, top = 34, bottom = 40;
  const has_above = d.above > 0, end = d.first + bins.length * d.width;
  const gap = has_above ? 3 * d.width : 0;
  const x = d3.scaleLinear([d.first, end + gap], [left, width - right]);
  const y = d3.scaleLinear([0, d3.max([...bins, d.above]) || 1], [height - bottom, top]).nice(4);
  const svg = d3.select(box).append('svg').attr('width', width).attr('height', height).attr('role', 'img')
    .attr('aria-label', `${title}. ${distribution_sentence(d)}`);
  const tip = make_tip(box);
  svg.append('g').attr('class', 'axis').attr('transform', `translate(${left},0)`)
    .call(d3.axisLeft(y).ticks(4).tickFormat((v) => count(v)).tickSize(-(width - left - right)));
  svg.append('g').attr('class', 'axis').attr('transform', `translate(0,${height - bottom})`)
    .call(d3.axisBottom(x).tickValues(x.ticks(Math.min(12, width / 60)).filter((v) => v <= end)).tickFormat((v) => number_text(v, Number.isInteger(v) ? '' : d.units)));
  svg.append('text').attr('class', 'axis_name').attr('x', width - right).attr('y', height - 6).attr('text-anchor', 'end')
    .text(unit_of(d.units));
  svg.append('text').attr('class', 'axis_name').attr('x', 4).attr('y', 14)
    .text(d.weighted ? word('people') : word('all_rows'));
  const bars = bins.map((w, i) => ({w, from: d.first + i * d.width, to: d.first + (i + 1) * d.width, sum: d3.sum(bins.slice(0, i + 1))}));
  if (has_above) bars.push({w: d.above, from: end + 1.5 * d.width, to: end + 2.5 * d.width, above: true, sum: d.total - d.missing});
  const limit = (v) => number_text(Number(v.toPrecision(6)), Number.isInteger(v) ? '' : d.units);
  svg.append('g').selectAll('rect').data(bars).enter().append('rect').attr('class', (b) => (b.above ? 'bin above' : 'bin'))
    .attr('x', (b) => x(b.from) + 0.5).attr('width', (b) => Math.max(1, x(b.to) - x(b.from) - 1))
    .attr('y', (b) => y(b.w)).attr('height', (b) => y(0) - y(b.w))
    .on('mousemove', (b) => {
      const range = b.above ? '> ' + limit(end) : limit(b.from) + ' – ' + limit(b.to);
      tip.show(d3.mouse(box), [with_unit(range, d.units), `${count(b.w)} (${percent(b.w / d.total)})`, word('up_to_here', percent(b.sum / d.total))]);
    })
    .on('mouseleave', tip.hide);
  if (has_above)
    svg.append('text').attr('class', 'tick_text').attr('x', x(end + 2 * d.width)).attr('y', height - bottom + 16).attr('text-anchor', 'middle').text('> ' + limit(end));
  const marks = [[d.median, word('median'), 'median'], [d.p90, word('p90'), 'p90']].filter(([v]) => is_number(v));
  marks.forEach(([v, name, style], i) => {
    const at = x(Math.min(v, end + gap));
    svg.append('line').attr('class', 'mark ' + style).attr('x1', at).attr('x2', at).attr('y1', top - 12 + i * 0).attr('y2', height - bottom);
    const close = i === 1 && at - x(Math.min(marks[0][0], end)) < 110;
    const before = !close && at > width - 110;
    svg.append('text').attr('class', 'mark_name').attr('x', at + (before ? -5 : 5)).attr('y', top - 4 + (close ? 14 : 0)).attr('text-anchor', before ? 'end' : 'start')
      .text(`${name} ${with_unit(number_text(v, d.units), d.units)}`);
  });
}
