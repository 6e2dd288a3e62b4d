// The nearest rows of a table of codes.

/** The rows of `codes` nearest to z: [{index, distance}], the nearest first. */
export function nearestRows({ codes, dims }, z, count) {
  const found = [];
  for (let row = 0, at = 0; at < codes.length; row++) {
    let squared = 0;
    for (let i = 0; i < dims; i++, at++) squared += (codes[at] - z[i]) ** 2;
    if (found.length === count && squared >= found[count - 1].distance) continue;
    let place = found.length < count ? found.length : count - 1;
    for (; place > 0 && found[place - 1].distance > squared; place--) found[place] = found[place - 1];
    found[place] = { index: row, distance: squared };
  }
  return found.map(({ index, distance }) => ({ index, distance: Math.sqrt(distance) }));
}
