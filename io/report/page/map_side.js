// Beside a map: what it shows, its legend, and the places to look at first.
const map_title = (view) => `${said(view.panel.title)} – ${label_of(view.column)}`;

function map_side(view, usable, state, redraw) {
  const {column, scale, rows, panel} = view;
  const missing = rows.filter((i) => !is_number(column.values[i]));
  const extra = [{style: 'missing', name: missing_word(view), rows: missing.filter((i) => !is_empty_place(view, i))},
    {style: 'over', name: status_word('unreachable'), rows: rows.filter((i) => is_cut_off(view, i))},
    {style: 'empty', name: status_word('no origins'), rows: missing.filter((i) => is_empty_place(view, i))}];
  const worse = is_worse_high(panel, column);
  const nodes = [
    h('label', {class: 'choice'}, h('span', {}, word('show')), choice(usable.map((c) => [c.name, label_of(c) + (c.units ? ` [${unit_of(c.units)}]` : '')]), state.column, (v) => {
      state.column = v;
      redraw();
    })),
    h('label', {class: 'choice'}, h('span', {}, word('classes')), choice([['even', word('classes_even')], ['quantile', word('classes_quantile')]], state.method, (v) => {
      state.method = v;
      redraw();
    })),
    legend(scale, column, rows, view.people, extra, word(view.of_zones ? 'zones' : 'points')),
    h('p', {class: 'note'}, word(worse === null ? 'darker_higher' : worse ? 'darker_worse' : 'darker_better')),
    view.points ? h('p', {class: 'note dots_note'}, h('span', {class: 'dot_swatch'}), dots_note(view)) : null,
    first_places(view, worse)];
  return nodes.filter(Boolean);
}

function dots_note(view) {
  const shown = view.points.row_numbers ? view.points.row_numbers.length : view.points.rows;
  const what = view.points.title || view.panel.points;
  return shown < view.points.rows ? word('dots_some', count(shown), count(view.points.rows), what) : word('dots_all', count(shown), what);
}

// The worst places, as buttons that point at them on the map.
function first_places(view, worse) {
  if (!view.label) return null;
  const {column, frame} = view;
  const falling = worse !== false;
  const rows = view.rows.filter((i) => is_number(column.values[i])).sort((a, b) => (falling ? 1 : -1) * (column.values[b] - column.values[a]) || (view.people ? view.people.values[b] - view.people.values[a] : 0)).slice(0, 8);
  if (rows.length < 2) return null;
  const most = d3.max(rows, (i) => Math.abs(column.values[i])) || 1;
  const title = worse === false ? 'lowest' : column.units === 'min' ? 'longest' : 'highest';
  return h('div', {class: 'first_places'}, h('h4', {}, word(title)), h('ol', {}, rows.map((i) => h('li', {},
    h('button', {type: 'button', onmouseenter: () => frame.point_at(i), onfocus: () => frame.point_at(i), onmouseleave: frame.tip.hide, onclick: () => frame.go_to(i)},
      h('span', {class: 'place_name'}, view.label.values[i]),
      h('span', {class: 'place_value'}, with_unit(view.format(column.values[i]), column.units)),
      h('i', {style: `width:${(100 * Math.abs(column.values[i]) / most).toFixed(1)}%;background:${view.scale.colour(column.values[i])}`}))))));
}
