// Elements, languages and numbers. Names from the data become text nodes, never markup.
const page = JSON.parse(document.getElementById('data').textContent);
let language = page.language === 'ko' ? 'ko' : 'en';
const at_language = () => (language === 'ko' ? 1 : 0);

function word(key, ...values) {
  const text = words[key] ? words[key][at_language()] : key;
  return text.replace(/\{(\d)\}/g, (_, i) => String(values[i]));
}

// A text of the data: plain, or {en, ko}.
function said(text) {
  if (text === null || text === undefined) return '';
  if (typeof text === 'object') return String(text[language] || text.en || text.ko || '');
  return String(text);
}
const label_of = (thing) => (language === 'ko' && thing.label_ko) || thing.label || thing.name || '';
function unit_of(units) {
  return unit_words[units] ? unit_words[units][at_language()] : units || '';
}
function status_word(status) {
  return words['status_' + status] ? word('status_' + status) : status;
}

function h(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  for (const child of children.flat(Infinity)) if (child !== null && child !== undefined) node.append(child);
  return node;
}

const is_number = (v) => typeof v === 'number' && Number.isFinite(v);
const numbers_of = (column) => column.values.filter(is_number);
const is_code = (column) => /(^|_)(id|objectid|cd|code|fid|no|zone)\d*$/i.test(column.name) && numbers_of(column).every(Number.isInteger);

function decimals_of(values, units) {
  const most = d3.max(values, Math.abs) || 0;
  if (values.every(Number.isInteger)) return 0;
  if (units === 'min' || units === '%') return most < 0.1 && most > 0 ? 3 : most < 1 && most > 0 ? 2 : 1;
  return most >= 1000 ? 0 : most >= 10 ? 1 : most >= 1 ? 2 : Math.min(12, 2 - Math.floor(Math.log10(most || 1)));
}
function fixed(value, decimals) {
  return value.toLocaleString('en-US', {minimumFractionDigits: decimals, maximumFractionDigits: decimals});
}
// How the values of a column are written: without, and with their unit.
function formatter(column) {
  const code = is_code(column), decimals = decimals_of(numbers_of(column), column.units), tiny = decimals > 6;
  return (v) => (!is_number(v) ? '–' : tiny ? number_text(v, column.units) : code ? String(v) : Math.abs(v) >= 1e15 ? v.toExponential(3) : fixed(v, decimals));
}
function with_unit(text, units) {
  const unit = unit_of(units);
  if (!unit || text === '–') return text;
  return unit === '%' || (language === 'ko' && unit_words[units]) ? text + (unit === '%' && language === 'en' ? '\u00a0%' : unit) : text + '\u00a0' + unit;
}
function number_text(v, units) {
  if (!is_number(v)) return '–';
  if (v !== 0 && (Math.abs(v) >= 1e15 || Math.abs(v) < 1e-4)) return v.toExponential(2);
  return fixed(v, decimals_of([v], units));
}
const percent = (share) => with_unit(fixed(100 * share, share > 0 && share < 0.1 ? 1 : 0), '%');
const count = (v) => Math.round(v).toLocaleString('en-US');

function column_of(table, name) {
  return table.columns.find((c) => c.name === name);
}
function naming_column(table, asked) {
  const named = (n) => table.columns.find((c) => c.name === n && c.text);
  const usual = ['label', 'name', '이름', '명칭', '사업장명', '시설명', '상호', '상호명', '업소명'].map(named).find(Boolean);
  return (asked && column_of(table, asked)) || usual || table.columns.find((c) => c.text && 2 * c.values.filter(Boolean).length > c.values.length);
}
// The column of people that belongs to a column: the same group at the end of its name, else the first.
function people_column(table, column) {
  const people = table.columns.filter((c) => !c.text && /^(people|population|인구)/i.test(c.name));
  const of_group = people.filter((c) => column && column.name.endsWith(c.name.replace(/^people/, '')) && c.name !== 'people');
  return of_group.sort((a, b) => b.name.length - a.name.length)[0] || people[0];
}

// What must know its width draws when it is on the page, and again when that changes.
let mounted = [];
function mount(node, draw) {
  mounted.push({node, draw, width: -1});
}
function draw_mounted() {
  for (const m of mounted) {
    const width = m.node.clientWidth;
    if (width === m.width || width === 0) continue;
    m.width = width;
    m.draw(width);
  }
}
let later = 0;
window.addEventListener('resize', () => {
  clearTimeout(later);
  later = setTimeout(draw_mounted, 120);
});

// What a reader chose stays chosen when the language changes.
const remembered = {};
function remember(key, otherwise) {
  return remembered[key] || (remembered[key] = otherwise);
}

function save_as(name, text) {
  const link = h('a', {href: URL.createObjectURL(new Blob([text], {type: 'text/csv;charset=utf-8'})), download: name});
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 5000);
}
