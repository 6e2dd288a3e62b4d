// The standard normal distribution.

/** Φ⁻¹(p) by Newton's method on Φ, whose derivative is the density. Φ by its series (Marsaglia 2004). */
export function quantile(p) {
  let x = 0;
  for (let step = 0; step < 30; step++) {
    let term = x,
      sum = x;
    for (let i = 3; Math.abs(term) > 1e-16; i += 2) sum += term *= (x * x) / i;
    const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    x -= (0.5 + sum * density - p) / density;
  }
  return x;
}
