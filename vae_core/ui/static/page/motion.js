/**
 * Tell whether the visitor has asked the system for reduced motion.
 * @returns {boolean}
 */
export const prefersReducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
