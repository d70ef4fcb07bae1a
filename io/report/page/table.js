// A table that sorts, searches, shows few rows first and can be taken along as CSV.
const few_rows = 12;

// Named columns first, then those with a unit, other numbers, texts.
function ordered_columns(panel, table) {
  const named = Array.isArray(panel.columns) ? panel.columns.map((n) => column_of(table, n)).filter(Boolean) : [];
  if (named.length) return named;
  const first = column_of(table, panel.first) || naming_column(table, panel.label);
  const rank = (c) => (c === first ? 0 : c.name === panel.sort ? 1 : c.name === 'status' ? 2 : is_code(c) ? 6 : c.text ? 5 : c.units && c.units !== 'm' ? 3 : 4);
  return table.columns.map((c, i) => ({c, i})).sort((a, b) => rank(a.c) - rank(b.c) || a.i - b.i).map((e) => e.c);
}

function compare(column, falling) {
  return (a, b) => {
    const x = column.values[a], y = column.values[b];
    const none_x = x === null || x === '', none_y = y === null || y === '';
    if (none_x || none_y) return none_x - none_y || a - b;  // what has no value stays below
    const order = column.text ? x.localeCompare(y, 'ko', {numeric: true}) : x - y;
    return (falling ? -order : order) || a - b;
  };
}

function csv_of(columns, rows) {
  const cell = (v) => {
    const text = v === null ? '' : String(v);
    const safe = typeof v === 'string' && /^[=+\-@\t\r]/.test(text) ? "'" + text : text;  // a spreadsheet would run it
    return /[",\n\r]/.test(safe) ? '"' + safe.replace(/"/g, '""') + '"' : safe;
  };
  const head = columns.map((c) => cell(label_of(c) + (c.units ? ` [${c.units}]` : '')));
  return '\ufeff' + [head, ...rows.map((i) => columns.map((c) => cell(c.values[i])))].map((r) => r.join(',')).join('\r\n') + '\r\n';
}

function table_panel(panel, result, key) {
  const table = result.tables[panel.table], columns = ordered_columns(panel, table);
  const shown_rows = columns.length ? columns[0].values.length : 0;
  const by = column_of(table, panel.sort);
  const state = remember(key, {sort: by ? by.name : null, falling: by ? !by.text : false, search: '', all: false});
  const texts = columns.filter((c) => c.text), formats = new Map(columns.map((c) => [c, c.text ? null : formatter(c)]));
  const head = h('tr', {}), body = h('tbody', {}), found = h('span', {class: 'found', 'aria-live': 'polite'});
  const more = h('button', {type: 'button', class: 'plain', onclick: () => { state.all = !state.all; fill(); }});
  let rows = [];

  const cell = (c, i) => {
    const v = c.values[i];
    if (!c.text) return h('td', {class: 'number'}, formats.get(c)(v));
    return h('td', {title: v.length > 40 ? v : null}, v === '' ? '–' : c.name === 'status' ? status_word(v) : v);
  };
  const fill = () => {
    const wanted = state.search.trim().toLocaleLowerCase();
    rows = d3.range(shown_rows).filter((i) => !wanted || texts.some((c) => c.values[i].toLocaleLowerCase().includes(wanted)));
    const column = column_of(table, state.sort);
    if (column) rows.sort(compare(column, state.falling));
    const some = state.all ? rows : rows.slice(0, few_rows);
    body.replaceChildren(...some.map((i) => h('tr', {}, columns.map((c, k) => {
      const td = cell(c, i);
      if (k > 0) return td;
      return h('th', {scope: 'row', class: td.className, title: td.title || null}, td.textContent);
    }))));
    found.textContent = rows.length < shown_rows ? word('rows_found', count(rows.length), count(shown_rows)) : '';
    more.hidden = rows.length <= few_rows;
    more.textContent = state.all ? word('show_fewer') : word('show_all', count(rows.length));
    for (const th of head.children) {
      const mine = th.dataset.column === state.sort;
      th.setAttribute('aria-sort', !mine ? 'none' : state.falling ? 'descending' : 'ascending');
    }
  };
  for (const c of columns) {
    const name = c.name === 'status' ? word('status') : label_of(c), unit = unit_of(c.units);
    head.append(h('th', {scope: 'col', class: c.text ? null : 'number', 'data-column': c.name},
      h('button', {type: 'button', title: c.name, 'aria-label': word('sort_by', name), onclick: () => {
        state.falling = state.sort === c.name ? !state.falling : !c.text;
        state.sort = c.name;
        fill();
      }}, name, unit ? h('small', {}, ' ' + unit) : null)));
  }
  fill();
  const search = texts.length === 0 || shown_rows <= few_rows ? null
    : h('input', {type: 'search', placeholder: word('search'), 'aria-label': word('search_in'), value: state.search,
      oninput: (e) => { state.search = e.target.value; fill(); }});
  const notes = [];
  if (table.row_numbers) notes.push(word('rows_some', count(shown_rows), count(table.rows)));
  if (table.left_out && table.left_out.length) notes.push(word('left_out', table.left_out.join(', ')));
  return h('div', {class: 'table_panel'},
    h('div', {class: 'table_tools'}, search, found,
      h('button', {type: 'button', class: 'plain', onclick: () => save_as(`${result.file.replace(/\.h5$/, '')}_${panel.table}.csv`, csv_of(columns, rows))}, word('download'))),
    h('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': said(panel.title) || word('title_table', panel.table)},
      h('table', {class: 'data'}, h('thead', {}, head), body)),
    more, notes.map((n) => h('p', {class: 'note'}, n)));
}
