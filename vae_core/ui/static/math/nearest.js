/**
 * Find the rows of a table that are nearest to a point in Euclidean distance.
 * @param {{codes: Float32Array, dims: number}} table codes row by row (rows × dims)
 * @param {ArrayLike<number>} z a point (dims)
 * @param {number} count how many rows to return, at most
 * @returns {{index: number, distance: number}[]} the nearest rows, in ascending order of distance
 */
export function nearestRows({ codes, dims }, z, count) {
  /** @type {{index: number, distance: number}[]} */
  const nearest = []; // squared distances, until the return
  for (let row = 0, at = 0; at < codes.length; row++) {
    let squared = 0;
    for (let i = 0; i < dims; i++, at++) squared += (codes[at] - z[i]) ** 2;
    if (nearest.length === count && squared >= nearest[count - 1].distance) continue;
    let rank = nearest.length < count ? nearest.length : count - 1;
    for (; rank > 0 && nearest[rank - 1].distance > squared; rank--) nearest[rank] = nearest[rank - 1];
    nearest[rank] = { index: row, distance: squared };
  }
  return nearest.map(({ index, distance }) => ({ index, distance: Math.sqrt(distance) }));
}
