// The prior's density at a code.

/** log p(z) in nats of a mixture as vae_core/latent_map.py whitens it: {constants, means, whiteners}. */
export function logDensity({ constants, means, whiteners }, z) {
  const dims = z.length, terms = Array.from(constants, (constant, k) => {
    let squared = 0;
    for (let row = 0; row < dims; row++) {
      const at = (k * dims + row) * dims;
      let sum = 0;
      for (let i = 0; i <= row; i++) sum += whiteners[at + i] * (z[i] - means[k * dims + i]); // L⁻¹ is lower triangular
      squared += sum * sum;
    }
    return constant - squared / 2;
  });
  const most = Math.max(...terms);
  return most + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - most), 0));
}
