// The page: a heading, and for each result its figures, panels, file and provenance. Drawn again as a whole when
// the language changes.
const panel_kinds = {map: map_panel, distribution: distribution_panel, table: table_panel, curve: curve_panel, grid: grid_panel};

function panel_title(panel) {
  if (said(panel.title)) return said(panel.title);
  if (panel.grid) return panel.grid.title || label_of(panel.grid);
  return word('title_' + panel.kind, panel.table || panel.column || '');
}

function panel_section(panel, result, key) {
  if (panel.problem) return h('p', {class: 'note problem'}, word('problem_' + panel.problem, panel.problem_name));
  const section = h('section', {class: 'panel panel_' + panel.kind, 'aria-labelledby': key + '-title'}, h('h3', {id: key + '-title'}, panel_title(panel)));
  try {
    section.append(panel_kinds[panel.kind](panel, result, key));
  } catch (error) {
    section.append(h('p', {class: 'note problem'}, word('problem_draw', error.message)));
    console.error(error);
  }
  return section;
}

// Numbers as tiles, lists of names below them.
function figures(result) {
  if (!Array.isArray(result.summary)) return null;
  const tiles = [], lists = [];
  for (const s of result.summary) {
    if (!s || typeof s !== 'object') continue;
    if (Array.isArray(s.names)) {
      lists.push(h('details', {class: 'names', open: s.names.length <= 12}, h('summary', {}, `${said(s.label)} (${count(s.names.length)})`),
        h('ul', {}, s.names.map((n) => h('li', {}, String(n))))));
      continue;
    }
    const value = is_number(s.value) ? number_text(s.value, s.unit) : s.value === null || s.value === undefined ? (s.unit === 'min' ? word('not_reached') : '–') : String(s.value);
    const unit = is_number(s.value) ? unit_of(s.unit) : '';
    tiles.push(h('div', {class: s.value === 0 ? 'tile zero' : 'tile'}, h('dt', {}, said(s.label)), h('dd', {class: is_number(s.value) ? null : 'words'}, value, unit ? h('small', {}, (language === 'ko' && unit_words[s.unit] ? '' : '\u2009') + unit) : null)));
  }
  return [tiles.length ? h('dl', {class: 'tiles', 'aria-label': word('figures')}, tiles) : null, ...lists];
}

const result_title = (r) => said(r.title) || r.job || r.file;

function result_section(result, r) {
  const id = 'result-' + (r + 1);
  return h('article', {id, 'aria-labelledby': id + '-title'},
    h('h2', {id: id + '-title'}, result_title(result)),
    h('p', {class: 'byline'}, [result.file, result.provenance && result.provenance.finished, result.crs].filter(Boolean).join(' · ')),
    figures(result),
    (result.panels || []).map((p, i) => panel_section(p, result, `r${r + 1}p${i + 1}`)),
    files_section(result), provenance_section(result));
}

function render() {
  document.documentElement.lang = language;
  mounted = [];
  const many = page.results.length > 1;
  const title = page.title_given || !many ? page.title : `${page.results.length} ${word('results')}`;
  const main = h('main', {}, page.results.map(result_section));
  document.getElementById('page').replaceChildren(
    h('header', {class: 'top'},
      many || page.title_given ? h('h1', {}, title) : h('p', {class: 'brand'}, 'dosi 도시'),
      h('button', {type: 'button', class: 'plain', lang: language === 'ko' ? 'en' : 'ko', onclick: () => {
        language = language === 'ko' ? 'en' : 'ko';
        render();
      }}, word('other_language'))),
    many ? h('nav', {'aria-label': word('contents')}, h('ol', {}, page.results.map((r, i) => h('li', {}, h('a', {href: '#result-' + (i + 1)}, result_title(r)))))) : '',
    main,
    h('footer', {}, `${word('made')} ${page.made} · dosi`));
  draw_mounted();
}

render();
