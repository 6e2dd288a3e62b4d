/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * Return the unit step of an arrow key, to the right and up.
 * @param {string} key the `key` of a keyboard event
 * @returns {[number, number] | null} null for any other key
 */
export const arrowStep = (key) => ARROWS[key] ?? null;

/**
 * Tell whether a key belongs to a shortcut of the browser, such as its zoom or its history.
 * @param {KeyboardEvent} event
 * @returns {boolean}
 */
export const isBrowserShortcut = (event) => event.ctrlKey || event.metaKey || event.altKey;
