// Classes of a column and their colours. Few classes with round limits read better than a smooth ramp, and the
// legend can say how many zones and people each holds.
const class_colours = (n) => d3.range(n).map((i) => d3.interpolateViridis(n === 1 ? 0.7 : 0.96 - (0.9 * i) / (n - 1)));

function thresholds_of(values, method) {
  const sorted = values.slice().sort(d3.ascending);
  const least = sorted[0], most = sorted[sorted.length - 1];
  if (!(most > least)) return [];
  let cuts;
  if (method === 'quantile') {
    const digits = (v) => (v === 0 ? 0 : Number(v.toPrecision(2)));
    cuts = d3.range(1, 6).map((i) => digits(d3.quantile(sorted, i / 6)));
  } else {
    const high = d3.quantile(sorted, 0.98) > least ? d3.quantile(sorted, 0.98) : most;
    const low = least >= 0 ? (least < 0.25 * high ? 0 : least) : d3.min([d3.quantile(sorted, 0.02), high]);
    cuts = d3.ticks(low, high, 6);
    if (cuts.length > 8) cuts = d3.ticks(low, high, 4);
  }
  return [...new Set(cuts)].filter((c) => c > least && c < most);
}

function make_scale(column, method) {
  const values = numbers_of(column);
  const cuts = thresholds_of(values, method), colours = class_colours(cuts.length + 1);
  const class_at = (v) => d3.bisectRight(cuts, v);
  const write = (v) => number_text(Number(v.toPrecision(4)), Number.isInteger(v) ? '' : column.units);
  const name = (i) => {
    if (cuts.length === 0) return values.length ? write(values[0]) : '–';
    if (i === 0) return '< ' + write(cuts[0]);
    if (i === cuts.length) return '≥ ' + write(cuts[i - 1]);
    return write(cuts[i - 1]) + ' – ' + write(cuts[i]);
  };
  return {colours, class_at, name, colour: (v) => colours[class_at(v)]};
}

// Whether high values of a column are bad (times, shares left out), good, or neither is known.
function is_worse_high(panel, column) {
  const asked = panel.column === column.name && panel.worse;
  if (asked === 'high') return true;
  if (asked === 'low') return false;
  if (column.units === 'min' || column.units === 's' || /beyond|unreached/.test(column.name)) return true;
  return null;
}

// Rows of a legend: swatch, range, how many places and people.
function legend(scale, column, rows, people, extra, place_word) {
  const body = h('tbody', {});
  const everyone = people ? d3.sum(rows, (i) => people.values[i]) : 0;
  const line = (swatch, name, mine) => {
    if (mine !== null && mine.length === 0 && (swatch.classList.contains('hatch') || rows.length === 0)) return;
    const share = mine !== null && everyone > 0 ? d3.sum(mine, (i) => people.values[i]) / everyone : null;
    body.append(h('tr', {},
      h('td', {}, swatch), h('th', {scope: 'row'}, name),
      h('td', {class: 'number'}, mine === null ? '' : count(mine.length)),
      people ? h('td', {class: 'number'}, share === null ? '' : percent(share)) : null,
      people ? h('td', {class: 'bar'}, share === null ? '' : h('i', {style: `width:${(share * 100).toFixed(1)}%`})) : null));
  };
  const valued = rows.filter((i) => is_number(column.values[i]));
  scale.colours.forEach((colour, k) => {
    const mine = rows.length === 0 ? null : valued.filter((i) => scale.class_at(column.values[i]) === k);
    line(h('span', {class: 'swatch', style: `background:${colour}`}), scale.name(k), mine);
  });
  for (const e of extra) line(h('span', {class: 'swatch hatch ' + e.style}), e.name, e.rows);
  const unit = unit_of(column.units);
  return h('table', {class: 'legend'},
    h('thead', {}, h('tr', {}, h('td', {}), h('th', {scope: 'col'}, unit), h('th', {scope: 'col', class: 'number'}, place_word),
      people ? h('th', {scope: 'col', class: 'number', colspan: 2}, word('of_people')) : null)),
    body);
}
