// Run before Gradio. Its sign of loading counts seconds, a callback a frame, and goes on for ever in a page that has long been open: 7 % of a
// core. No event here shows its seconds, so that nobody misses them. The counter is told by its source; where another version has another
// one, it counts on.

(() => {
  const ask = window.requestAnimationFrame,
    seconds = /performance\.now\(\)\s*-.{1,40}\/\s*(1e3|1000)/;
  window.requestAnimationFrame = (callback) => (seconds.test(String(callback)) ? 0 : ask.call(window, callback));
})();
