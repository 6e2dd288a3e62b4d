// Runs before Gradio and stops one of its functions. Gradio's loading status counts seconds with a callback per frame
// and never stops counting in a page that stays open, which takes 7 % of a core. No event of this page shows the
// seconds.
//
// Two marks must both match before a callback is dropped: the callback divides the milliseconds since a start by a
// thousand, and the script that requests the frame is Gradio's status tracker. Anything else runs, the counter of
// another version of Gradio too.

(() => {
  const SECONDS_SINCE_START = /performance\.now\(\)\s*-.{1,40}\/\s*(1e3|1000)/;
  const GRADIO_SCRIPT = /\/assets\/statustracker[\w.-]*\.js/i;
  const requestFrame = window.requestAnimationFrame;
  let hasWarned = false;

  /** @param {FrameRequestCallback} callback */
  const isGradioCounter = (callback) =>
    SECONDS_SINCE_START.test(String(callback)) && GRADIO_SCRIPT.test(new Error().stack ?? "");

  /**
   * @param {FrameRequestCallback} callback
   * @returns {number} the id of the request; 0, which no request has, if the callback is dropped
   */
  window.requestAnimationFrame = (callback) => {
    if (!isGradioCounter(callback)) return requestFrame.call(window, callback);
    if (!hasWarned)
      console.warn(
        "vae/static/page/calm_gradio.js dropped the frame callback of Gradio's counter of seconds:",
        callback,
      );
    hasWarned = true;
    return 0;
  };
})();
