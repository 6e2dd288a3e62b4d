/**
 * Return `value` moved into the interval [low, high].
 * @param {number} value
 * @param {number} low
 * @param {number} high
 * @returns {number}
 */
export const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
