// Maps of the same images that are seen at once: what is pointed at or chosen in one is marked in the others.

const maps = new Set();

export const enlist = (map) => maps.add(map);
export const dismiss = (map) => maps.delete(map);

/** The other maps of these images that are on the screen. */
function others(map) {
  return [...maps].filter(
    (one) => one !== map && one.data?.dataset === map.data?.dataset && one.frame.offsetParent !== null,
  );
}

/** Ring image `index` in the other maps; −1 takes the rings away. */
export const pointOut = (map, index) => others(map).forEach((one) => one.point(index));

/** Mark image `index` in this map and the others. */
export const single = (map, index) => [map, ...others(map)].forEach((one) => one.single(index));
