// What is in the result's file, how to open it, and how it was made.
function bytes_text(bytes) {
  return bytes >= 1e9 ? fixed(bytes / 1e9, 1) + ' GB' : bytes >= 1e6 ? fixed(bytes / 1e6, 1) + ' MB' : fixed(bytes / 1e3, 0) + ' kB';
}
const plain = (v) => (v === null || v === undefined ? '–' : typeof v === 'object' ? JSON.stringify(v).replace(/^\[|\]$/g, '').replace(/"/g, '').replace(/,/g, ', ') || '–' : String(v) || '–');
const small_table = (heads, rows) => h('div', {class: 'scroll'}, h('table', {class: 'small'},
  h('thead', {}, h('tr', {}, heads.map((t) => h('th', {scope: 'col'}, t)))),
  h('tbody', {}, rows.map((r) => h('tr', {}, r.map((v, i) => h(i === 0 ? 'th' : 'td', i === 0 ? {scope: 'row'} : {}, v)))))));

function files_section(result) {
  const name = result.file, tables = result.schema;
  const python = ['# pip install xarray h5netcdf h5py', 'import xarray as xr', ...tables.map((t, i) => `${python_name(t.name, i)} = xr.open_dataset(${JSON.stringify(name)}, group=${JSON.stringify(t.name)}, engine="h5netcdf")`)];
  const out = name.replace(/\.h5$/, '');
  return h('details', {}, h('summary', {}, word('files')),
    h('p', {}, word('file_is', name, bytes_text(result.bytes)), ' ', word('crs'), ': ', result.crs, '.'),
    h('h4', {}, word('in_python')), h('pre', {tabindex: 0}, python.join('\n')),
    h('h4', {}, word('in_gis')), h('pre', {tabindex: 0}, `dosi export ${name} --out ${out}.gpkg\ndosi export ${name} --table ${tables.length ? tables[tables.length - 1].name : ''} --out ${out}.csv`),
    tables.map((t) => [h('h4', {}, `${word('table')} ${t.name}`, h('small', {}, ` ${t.title ? t.title + ', ' : ''}${count(t.rows)} ${word('rows')}`)),
      small_table([word('variable'), word('dimensions'), word('unit'), word('meaning')],
        t.variables.map((v) => [v.name, v.dimensions.join(', '), v.units, (language === 'ko' && v.meaning_ko) || v.meaning]))]));
}
const python_name = (name, i) => (/^[a-z_]\w*$/i.test(name) ? name : `table_${i + 1}`);

function provenance_section(result) {
  const p = result.provenance || {}, list = h('dl', {});
  const line = (key, value) => list.append(h('dt', {}, words[key] ? word(key) : key), h('dd', {}, value));
  const known = ['program', 'commit', 'command', 'device', 'level', 'seed', 'started', 'finished', 'seconds', 'fingerprint'];
  for (const key of known) {
    if (p[key] === undefined || p[key] === '') continue;
    if (key === 'command') line(key, h('code', {}, p[key]));
    else if (key === 'device') line(key, p.device + (p.device_description ? ` (${p.device_description})` : ''));
    else if (key === 'seconds') line(key, with_unit(number_text(Number(p[key]), 's'), 's'));
    else line(key, plain(p[key]));
  }
  line('crs', result.crs);
  if (Array.isArray(p.ranks)) {
    const places = p.ranks.map((r) => `${r.node} ${r.device}`);
    line('ranks', `${p.ranks.length}: ${[...new Set(places)].map((t) => (places.filter((o) => o === t).length > 1 ? `${t} × ${places.filter((o) => o === t).length}` : t)).join(', ')}`);
  }
  for (const key of Object.keys(p))
    if (!known.includes(key) && !['parameters', 'inputs', 'job', 'device_description', 'ranks'].includes(key))
      line(key, (key === 'slurm' || key === 'work') && p[key] ? Object.entries(p[key]).map(([k, v]) => `${k}=${plain(v)}`).join(', ') : plain(p[key]));
  const parameters = Object.entries(p.parameters || {}).map(([name, v]) => (v && typeof v === 'object' && 'value' in v ? [name, plain(v.value), v.unit || ''] : [name, plain(v), '']));
  const inputs = (Array.isArray(p.inputs) ? p.inputs : []).map((i) => [plain(i.path), plain(i.crc32)]);
  return h('details', {}, h('summary', {}, word('provenance')), list,
    inputs.length ? [h('h4', {}, word('inputs')), small_table([word('file'), word('checksum')], inputs)] : null,
    parameters.length ? [h('h4', {}, word('parameters')), small_table([word('parameter'), word('value'), word('unit')], parameters)] : null);
}
