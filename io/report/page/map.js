// Maps in projected metres, north up: the frame (zoom, scale bar, north, tooltip) and the choropleth in it.

// A tooltip in `box`; lines[0] is a heading.
function make_tip(box) {
  const tip = h('div', {class: 'tip', role: 'status', hidden: true});
  box.append(tip);
  return {
    show([x, y], lines) {
      tip.replaceChildren(...lines.filter(Boolean).map((l, i) => h(i === 0 ? 'strong' : 'span', {}, l)));
      tip.hidden = false;
      const left = x + 14 + tip.offsetWidth > box.clientWidth ? Math.max(0, x - tip.offsetWidth - 10) : x + 14;
      tip.style.transform = `translate(${left}px,${Math.max(0, y - tip.offsetHeight - 8)}px)`;
    },
    hide() { tip.hidden = true; },
  };
}

// Borders as vertices in metres from the corner of their zones.
function decoded(geometry) {
  if (geometry.lines) return geometry.lines;
  geometry.lines = geometry.borders.map((flat) => {
    const line = [];
    for (let i = 0, x = 0, y = 0; i < flat.length; i += 2) line.push([(x += flat[i]), (y += flat[i + 1])]);
    return line;
  });
  return geometry.lines;
}
function zone_path(geometry, zone) {
  const lines = decoded(geometry);
  return geometry.zones[zone].map((ring) => {
    const points = ring.flatMap((b) => (b >= 0 ? lines[b] : lines[~b].slice().reverse()).slice(1));
    return 'M' + points.map((p) => p.join(' ')).join('L') + 'Z';
  }).join('');
}
function zone_box(geometry, zone) {
  const points = geometry.zones[zone].flatMap((ring) => ring.flatMap((b) => decoded(geometry)[b >= 0 ? b : ~b]));
  return points.length === 0 ? null : [d3.extent(points, (p) => p[0]), d3.extent(points, (p) => p[1])];
}

function draw_north(north) {
  north.append('path').attr('d', 'M0 -14L6 6L0 2L-6 6Z');
  north.append('text').attr('y', 20).attr('text-anchor', 'middle').text(word('north'));
}

// Buttons, wheel with Ctrl, pinch and drag zoom a group whose units are metres. `extent`: {width, height} in metres.
function map_frame(box, extent, width, title, upright = false) {
  box.replaceChildren();
  const pad = 12, w = Math.max(extent.width, 1), hh = Math.max(extent.height, 1);
  const height = Math.round(Math.min(Math.max(260, (width - 2 * pad) * (hh / w) + 2 * pad), Math.max(320, Math.min(640, width * 1.15))));
  const s = Math.min((width - 2 * pad) / w, (height - 2 * pad) / hh);
  const x0 = (width - s * w) / 2, y0 = (height + s * hh) / 2;
  const svg = d3.select(box).append('svg').attr('width', width).attr('height', height).attr('role', 'img').attr('aria-label', title);
  const base = `matrix(${s} 0 0 ${-s} ${x0} ${y0})`;
  const ground = svg.append('g').attr('transform', base);
  const furniture = svg.append('g').attr('class', 'furniture');
  const bar = furniture.append('g').attr('transform', `translate(${pad + 4},${height - 14})`);
  if (!upright) draw_north(furniture.append('g').attr('class', 'north').attr('transform', `translate(${width - 26},${height - 34})`));
  const tip = make_tip(box);
  const frame = {svg, ground, tip, k: s, transform: d3.zoomIdentity, on_zoom: () => {}};
  frame.metres = ([px, py]) => {
    const [x, y] = frame.transform.invert([px, py]);
    return [(x - x0) / s, (y0 - y) / s];
  };
  frame.pixels = ([x, y]) => frame.transform.apply([x0 + s * x, y0 - s * y]);
  const apply = (t) => {
    frame.transform = t;
    frame.k = s * t.k;
    ground.attr('transform', `translate(${t.x},${t.y}) scale(${t.k}) ${base}`);
    draw_scale_bar(bar, frame.k, width);
    frame.on_zoom();
  };
  const zoom = d3.zoom().scaleExtent([1, 60]).extent([[0, 0], [width, height]]).translateExtent([[0, 0], [width, height]])
    .filter(() => {
      const e = d3.event;
      if (e.type === 'wheel') return e.ctrlKey || e.metaKey;
      if (e.type.startsWith('touch')) return e.touches.length > 1 || frame.transform.k > 1;
      return !e.button;
    })
    .on('zoom', () => apply(d3.event.transform));
  svg.call(zoom);
  const button = (sign, name, act) => h('button', {type: 'button', 'aria-label': word(name), title: word(name), onclick: act}, sign);
  const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  const moving = () => svg.transition().duration(calm ? 0 : 300);
  box.append(h('div', {class: 'zoom', title: word('zoom_hint')},
    button('+', 'zoom_in', () => moving().call(zoom.scaleBy, 2)), button('−', 'zoom_out', () => moving().call(zoom.scaleBy, 0.5)),
    button('⤢', 'zoom_reset', () => moving().call(zoom.transform, d3.zoomIdentity))));
  frame.look_at = ([[ax, bx], [ay, by]]) => {
    const k = Math.min(8, Math.max(1, 0.25 * Math.min(width / (s * Math.max(bx - ax, 1)), height / (s * Math.max(by - ay, 1)))));
    const cx = x0 + (s * (ax + bx)) / 2, cy = y0 - (s * (ay + by)) / 2;
    moving().call(zoom.transform, d3.zoomIdentity.translate(width / 2 - k * cx, height / 2 - k * cy).scale(k));
  };
  apply(d3.zoomIdentity);
  return frame;
}

function draw_scale_bar(bar, k, width) {
  const most = Math.min(160, width / 3) / k, power = 10 ** Math.floor(Math.log10(most));
  const metres = [5, 2, 1].map((m) => m * power).find((m) => m <= most) || power;
  bar.selectAll('*').remove();
  bar.append('path').attr('d', `M0 -5V0H${metres * k}V-5`);
  bar.append('text').attr('x', metres * k + 6).attr('y', 0).text(metres >= 1000 ? metres / 1000 + ' km' : metres + ' m');
}

function choice(options, chosen, act, label) {
  const select = h('select', {'aria-label': label || null, onchange: (e) => act(e.target.value)},
    options.map(([value, name]) => h('option', {value, selected: String(value) === String(chosen)}, name)));
  return select;
}

// Stripes and dots for places without a value; their size on the screen does not change with the zoom.
function hatches(frame, id) {
  const defs = frame.svg.append('defs');
  const make = (name, angle, draw) => {
    const p = defs.append('pattern').attr('id', `${id}-${name}`).attr('patternUnits', 'userSpaceOnUse').attr('width', 6).attr('height', 6);
    if (name !== 'over') p.append('rect').attr('width', 6).attr('height', 6).attr('class', 'hatch_ground');
    draw(p);
    return () => p.attr('patternTransform', `scale(${1 / frame.k}) rotate(${angle})`);
  };
  const all = [make('missing', 45, (p) => p.append('rect').attr('width', 2).attr('height', 6).attr('class', 'hatch_line')),
    make('over', 45, (p) => p.append('rect').attr('width', 1.6).attr('height', 6).attr('class', 'hatch_over')),
    make('empty', 0, (p) => p.append('circle').attr('cx', 3).attr('cy', 3).attr('r', 0.9).attr('class', 'hatch_line'))];
  frame.on_zoom = () => all.forEach((f) => f());
  frame.on_zoom();
}

// One path of round dots: a line of no length with round ends keeps its size at any zoom.
const dots = (xy) => xy.map(([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}h.01`).join('');

function map_panel(panel, result, key) {
  const table = result.tables[panel.table], of_zones = table.kind === 'zones';
  const usable = table.columns.filter((c) => !c.text && c.name !== 'x' && c.name !== 'y' && numbers_of(c).length > 0 && (c.name === panel.column || !is_code(c)));
  const asked = table.columns.find((c) => c.name === panel.column && !c.text);
  if (asked && !usable.includes(asked)) usable.unshift(asked);
  if (usable.length === 0) return h('p', {class: 'note'}, word('nothing_numeric', panel.table));
  const state = remember(key, {column: (asked || usable[0]).name, method: 'even'});
  const view = {panel, result, table, of_zones, id: key, rows: d3.range(usable[0].values.length),
    label: naming_column(table, panel.label), status: column_of(table, panel.status), points: result.tables[panel.points], outlines: outlined(panel, result.tables[panel.outlines])};
  const map = h('div', {class: 'map'}), side = h('div', {class: 'side'});
  const draw = (width) => {
    const column = column_of(table, state.column);
    view.column = column;
    view.people = people_column(table, column);
    if (view.people === column) view.people = null;
    view.scale = make_scale(column, state.method);
    view.format = formatter(column);
    view.frame = of_zones ? draw_zones(map, view, width) : draw_dots(map, view, width);
    side.replaceChildren(...map_side(view, usable, state, () => draw(map.clientWidth)));
  };
  mount(map, draw);
  return h('div', {class: 'map_row'}, map, side);
}

// Places that have a value and are cut off all the same: striped over their colour.
const is_cut_off = (view, i) => Boolean(view.status) && view.status.values[i] === 'unreachable' && is_number(view.column.values[i]) && (view.column.units === '%' || view.column.name === view.panel.column);
const is_empty_place = (view, i) => view.status && view.status.values[i] === 'no origins';
const missing_word = (view) => word(view.column.units === 'min' || view.column.units === 's' || /reach/.test(view.column.name) || view.status ? 'not_reached' : 'no_value');

function tip_lines(view, i) {
  const value = view.column.values[i];
  return [view.label ? view.label.values[i] : String(i + 1),
    is_number(value) ? with_unit(view.format(value), view.column.units) : is_empty_place(view, i) ? status_word('no origins') : missing_word(view),
    view.status && is_number(value) && view.status.values[i] !== 'reached' ? status_word(view.status.values[i]) : null,
    view.people && is_number(view.people.values[i]) ? `${label_of(view.people)}: ${count(view.people.values[i])}` : null];
}

function draw_zones(map, view, width) {
  const geometry = page.geometries[view.table.geometry];
  const frame = map_frame(map, geometry, width, map_title(view));
  hatches(frame, view.id);
  const zone_at = (i) => (view.table.row_numbers ? view.table.row_numbers[i] : i);
  const fill = (i) => {
    const v = view.column.values[i];
    return is_number(v) ? view.scale.colour(v) : `url(#${view.id}-${is_empty_place(view, i) ? 'empty' : 'missing'})`;
  };
  const show = (i) => frame.tip.show(d3.mouse(map), tip_lines(view, i));
  const chosen = () => ground.select('.chosen');
  const ground = frame.ground;
  ground.append('g').selectAll('path').data(view.rows).enter().append('path').attr('class', 'zone')
    .attr('d', (i) => zone_path(geometry, zone_at(i))).attr('fill', fill)
    .on('mousemove', (i) => {
      chosen().attr('d', zone_path(geometry, zone_at(i)));
      show(i);
    })
    .on('click', show)
    .on('mouseleave', () => {
      chosen().attr('d', null);
      frame.tip.hide();
    });
  const cut_off = view.rows.filter((i) => is_cut_off(view, i));
  if (cut_off.length) ground.append('path').attr('class', 'striped').attr('d', cut_off.map((i) => zone_path(geometry, zone_at(i))).join('')).attr('fill', `url(#${view.id}-over)`);
  ground.append('path').attr('class', 'chosen');
  frame.point_at = (i) => {
    const box = zone_box(geometry, zone_at(i));
    if (!box) return;
    chosen().attr('d', zone_path(geometry, zone_at(i)));
    frame.tip.show(frame.pixels([(box[0][0] + box[0][1]) / 2, (box[1][0] + box[1][1]) / 2]), tip_lines(view, i));
  };
  frame.go_to = (i) => {
    const box = zone_box(geometry, zone_at(i));
    if (box) frame.look_at(box);
  };
  draw_outlines(frame, view.outlines, geometry);
  if (view.points) draw_overlay(frame, view.points, geometry, map);
  return frame;
}

// Rows of another table whose borders are drawn over a map, with their names: those where panel.outlined is not 0.
function outlined(panel, table) {
  if (!table || table.geometry === undefined) return null;
  const name = naming_column(table), flag = column_of(table, panel.outlined);
  const zone_at = (i) => (table.row_numbers ? table.row_numbers[i] : i);
  return {table, rows: d3.range((table.columns[0] || {values: []}).values.length).filter((i) => !flag || flag.values[i])
    .map((i) => ({zone: zone_at(i), name: name ? name.values[i] : ''}))};
}

function draw_outlines(frame, outlines, geometry) {
  if (!outlines) return;
  const own = page.geometries[outlines.table.geometry];
  const g = frame.ground.append('g').attr('class', 'outlines').attr('transform', `translate(${own.x0 - geometry.x0},${own.y0 - geometry.y0})`);
  for (const style of ['halo', 'line'])
    g.append('g').attr('class', style).selectAll('path').data(outlines.rows).enter().append('path').attr('d', (r) => zone_path(own, r.zone));
  const names = frame.svg.append('g').attr('class', 'outline_names');
  const place = () => names.selectAll('text').attr('transform', (r) => {
    const box = zone_box(own, r.zone), at = frame.pixels([(box[0][0] + box[0][1]) / 2 + own.x0 - geometry.x0, box[1][1] + own.y0 - geometry.y0]);
    return `translate(${at[0]},${at[1] - 4})`;
  });
  names.selectAll('text').data(outlines.rows.filter((r) => r.name && zone_box(own, r.zone))).enter().append('text').attr('text-anchor', 'middle').text((r) => r.name);
  place();
  const before = frame.on_zoom;
  frame.on_zoom = () => { before(); place(); };
}

function draw_overlay(frame, points, geometry, map) {
  const x = column_of(points, 'x'), y = column_of(points, 'y'), name = naming_column(points);
  if (!x || !y) return;
  const xy = x.values.map((v, i) => [v - geometry.x0, y.values[i] - geometry.y0]).filter(([a, b]) => is_number(a) && is_number(b));
  for (const style of ['halo', 'dot']) frame.ground.append('path').attr('class', `overlay ${style}${xy.length > 300 ? ' small' : ''}`).attr('d', dots(xy));
  if (!name) return;
  const tree = d3.quadtree(d3.range(x.values.length), (i) => x.values[i] - geometry.x0, (i) => y.values[i] - geometry.y0);
  frame.svg.on('mousemove.dot', () => {
    const [mx, my] = frame.metres(d3.mouse(frame.svg.node())), i = tree.find(mx, my, 7 / frame.k);
    if (i !== undefined) frame.tip.show(d3.mouse(map), [name.values[i]]);
  });
}

function draw_dots(map, view, width) {
  const x = column_of(view.table, 'x').values, y = column_of(view.table, 'y').values;
  const [x0 = 0, x1 = 1] = d3.extent(x), [y0 = 0, y1 = 1] = d3.extent(y);
  const frame = map_frame(map, {width: x1 - x0, height: y1 - y0}, width, map_title(view));
  const placed = view.rows.filter((i) => is_number(x[i]) && is_number(y[i]));
  const groups = d3.nest().key((i) => (is_number(view.column.values[i]) ? view.scale.class_at(view.column.values[i]) : -1)).entries(placed);
  for (const g of groups.sort((a, b) => a.key - b.key))
    frame.ground.append('path').attr('class', 'overlay value').attr('d', dots(g.values.map((i) => [x[i] - x0, y[i] - y0])))
      .attr('stroke', g.key === '-1' ? 'var(--faint)' : view.scale.colours[g.key]);
  draw_outlines(frame, view.outlines, {x0, y0});
  const tree = d3.quadtree(placed, (i) => x[i] - x0, (i) => y[i] - y0);
  frame.svg.on('mousemove.dot', () => {
    const i = tree.find(...frame.metres(d3.mouse(frame.svg.node())), 9 / frame.k);
    if (i === undefined) frame.tip.hide();
    else frame.tip.show(d3.mouse(map), tip_lines(view, i));
  }).on('mouseleave.dot', () => frame.tip.hide());
  frame.point_at = (i) => frame.tip.show(frame.pixels([x[i] - x0, y[i] - y0]), tip_lines(view, i));
  frame.go_to = () => {};
  return frame;
}
