// The standard normal distribution.

const NEWTON_STEPS = 30;

/**
 * The quantile Φ⁻¹(p), by Newton's method on Φ, whose derivative is the density; Φ by its series (Marsaglia 2004).
 * @param {number} p a probability in (0, 1)
 * @returns {number}
 */
export function quantile(p) {
  let x = 0;
  for (let step = 0; step < NEWTON_STEPS; step++) {
    let term = x;
    let sum = x;
    for (let i = 3; Math.abs(term) > 1e-16; i += 2) sum += term *= (x * x) / i;
    const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    x -= (0.5 + sum * density - p) / density;
  }
  return x;
}

/**
 * Draw a sample of N(0, 1) (Box and Muller 1958).
 * @returns {number}
 */
export const sampleNormal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
