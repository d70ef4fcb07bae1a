// Surfaces of time (isochrones) or of another quantity, one place at a time, over the borders of the zones; upright ones are vertical slices.
const bytes_of = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

function grid_values(place) {
  return Array.from(bytes_of(place.values), (b) => (b === 0 ? null : place.low + ((b - 1) / 254) * (place.high - place.low)));
}

function grid_panel(panel, result, key) {
  const grid = panel.grid;
  if (grid.places.length === 0) return h('p', {class: 'note'}, word('problem_grid', panel.table));
  const state = remember(key, {place: 0});
  const map = h('div', {class: 'map'}), side = h('div', {class: 'side'});
  const zones = grid.upright ? null : Object.values(result.tables).find((t) => t.kind === 'zones');
  const high = grid.rows * grid.tall;
  const draw = (width) => {
    const place = grid.places[state.place];
    const column = {name: 'values', units: grid.units, values: grid_values(place)};
    const scale = grid_scale(grid, column);
    const frame = map_frame(map, {x0: grid.x0, y0: grid.y0, width: grid.columns * grid.cell, height: high}, width, `${panel_title(panel)}: ${place.name}`, grid.upright);
    frame.ground.append('image').attr('width', grid.columns * grid.cell).attr('height', high)
      .attr('transform', `translate(0,${high}) scale(1,-1)`).attr('preserveAspectRatio', 'none')
      .attr('href', grid_image(grid, column.values, scale)).attr('class', 'surface');
    if (place.arrows) frame.ground.append('path').attr('class', 'arrows').attr('d', arrows_path(grid, place));
    if (zones) {
      const geometry = page.geometries[zones.geometry];
      frame.ground.append('path').attr('class', 'outline').attr('transform', `translate(${geometry.x0 - grid.x0},${geometry.y0 - grid.y0})`)
        .attr('d', decoded(geometry).map((line) => 'M' + line.map((p) => p.join(' ')).join('L')).join(''));
    }
    frame.svg.on('mousemove.tip', () => {
      const [x, y] = frame.metres(d3.mouse(frame.svg.node()));
      const c = Math.floor(x / grid.cell), r = Math.floor(y / grid.tall);
      const inside = c >= 0 && r >= 0 && c < grid.columns && r < grid.rows;
      const v = inside ? column.values[r * grid.columns + c] : null;
      if (!inside) return frame.tip.hide();
      const lines = [v === null ? word(grid.units === 'min' ? 'not_reached' : grid.solid ? 'built_over' : 'no_value') : with_unit(number_text(v, grid.units), grid.units)];
      if (grid.upright) lines.push(word('slice_at', number_text(grid.x0 + x, 'm'), number_text(grid.y0 + y, 'm')));
      frame.tip.show(d3.mouse(map), lines);
    }).on('mouseleave.tip', () => frame.tip.hide());
    side.replaceChildren(
      h('label', {class: 'choice'}, h('span', {}, panel.rows ? said(panel.rows) : word('place')), choice(grid.places.map((p, i) => [i, p.name]), state.place, (v) => {
        state.place = Number(v);
        draw(map.clientWidth);
      })),
      grid.all_places > grid.places.length ? h('p', {class: 'note'}, word('places_some', count(grid.places.length), count(grid.all_places))) : '',
      legend(scale, {...column, values: []}, [], null, [], ''),
      grid.solid ? h('p', {class: 'note swatched'}, h('span', {class: 'swatch solid'}), word('built_over')) : '',
      grid.solid && grid.upright ? h('p', {class: 'note swatched'}, h('span', {class: 'swatch ground'}), word('ground')) : '',
      place.arrows ? h('p', {class: 'note'}, word(grid.upright ? 'arrows_upright' : 'arrows')) : '');
  };
  mount(map, draw);
  return h('div', {class: 'map_row'}, map, side);
}

// Contour levels of the job where it has some.
function grid_scale(grid, column) {
  if (!grid.levels || grid.levels.length === 0 || grid.units !== 'min') return make_scale(column, 'even');
  const levels = grid.levels.slice().sort(d3.ascending), colours = [...class_colours(levels.length), '#b7bec5'];
  const class_at = (v) => d3.bisectLeft(levels, v);
  const name = (i) => (i < levels.length ? word('within', with_unit(number_text(levels[i], ''), 'min')) : word('beyond'));
  return {colours, class_at, name, colour: (v) => colours[class_at(v)]};
}

// What stands in a slice: its byte where it is ground.
const ground_byte = 2;

function grid_image(grid, values, scale) {
  const canvas = h('canvas', {width: grid.columns, height: grid.rows});
  const context = canvas.getContext('2d'), image = context.createImageData(grid.columns, grid.rows);
  const colours = scale.colours.map((c) => d3.rgb(c));
  const solid = grid.solid ? bytes_of(grid.solid) : null, built = d3.rgb('#6b7280'), ground = d3.rgb('#8d7b68');
  values.forEach((v, i) => {
    if (v === null && !(solid && solid[i])) return;
    const c = v === null ? (solid[i] === ground_byte ? ground : built) : colours[scale.class_at(v)], at = ((grid.rows - 1 - Math.floor(i / grid.columns)) * grid.columns + (i % grid.columns)) * 4;
    image.data.set([c.r, c.g, c.b, 235], at);
  });
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}

// An arrow a cell of the coarser grid, from its middle both ways; the longest fill a cell.
function arrows_path(grid, place) {
  const cell = grid.arrow_cell, tall = grid.arrow_tall, most = d3.quantile(place.arrows.filter((a) => a).map((a) => Math.hypot(...a)).sort(d3.ascending), 0.98) || 1;
  return place.arrows.map((a, i) => {
    const size = a ? Math.hypot(...a) / most : 0;
    if (size < 0.04) return '';
    const x = ((i % grid.arrow_columns) + 0.5) * cell, y = (Math.floor(i / grid.arrow_columns) + 0.5) * tall, k = (0.46 * cell * Math.min(size, 1)) / Math.hypot(...a);
    const [dx, dy] = [a[0] * k, a[1] * k], at = (s, t) => `${(x + s * dx - t * dy).toFixed(2)} ${(y + s * dy + t * dx).toFixed(2)}`;
    return `M${at(-1, 0)}L${at(1, 0)}M${at(0.45, 0.35)}L${at(1, 0)}L${at(0.45, -0.35)}`;
  }).join('');
}
