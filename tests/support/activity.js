// Counts what a page has still to do, so that a test can wait until it has done it. Run before any script of the page.
//
// Counted are requests, the reading of their bodies and Gradio's stream of answers, timers, frames, idle callbacks, messages to
// workers and the decoding of images. Not counted is what never ends or says nothing about the figures: intervals, timers of more
// than LONG_MS, the stream of Gradio's heartbeat, and the frames of Svelte's fading and of Gradio's fitting to an iframe.

(() => {
  const LONG_MS = 3000;
  const ENDLESS = /\/heartbeat\//;
  const ANSWERS = /\/queue\/data\?/;
  const DECORATION = /\.tasks\.size|autoResize/;
  const pending = new Map(); // a key of each piece of work → its description
  const native = {
    setTimeout: window.setTimeout.bind(window),
    clearTimeout: window.clearTimeout.bind(window),
    requestAnimationFrame: window.requestAnimationFrame.bind(window),
    cancelAnimationFrame: window.cancelAnimationFrame.bind(window),
    requestIdleCallback: window.requestIdleCallback.bind(window),
    cancelIdleCallback: window.cancelIdleCallback.bind(window),
  };
  let worked = 0; // pieces of work done so far

  const done = (key) => {
    if (pending.delete(key)) worked += 1;
  };
  const track = (description, promise) => {
    const key = {};
    pending.set(key, description);
    promise.then(
      () => done(key),
      () => done(key),
    );
    return promise;
  };

  function wrapScheduler(name, cancel, counts) {
    window[name] = (callback, delay, ...parameters) => {
      if (typeof callback !== "function") return native[name](callback, delay, ...parameters);
      const call = (...results) => {
        try {
          callback(...results);
        } finally {
          done(`${name} ${id}`);
        }
      };
      const id = native[name](call, delay, ...parameters);
      if (counts(callback, delay)) pending.set(`${name} ${id}`, `${name}: ${String(callback).slice(0, 200)}`);
      return id;
    };
    window[cancel] = (id) => {
      done(`${name} ${id}`);
      native[cancel](id);
    };
  }
  wrapScheduler("setTimeout", "clearTimeout", (_, delay) => !(delay > LONG_MS));
  wrapScheduler("requestAnimationFrame", "cancelAnimationFrame", (callback) => !DECORATION.test(String(callback)));
  wrapScheduler("requestIdleCallback", "cancelIdleCallback", () => true);

  for (const read of ["arrayBuffer", "blob", "json", "text"]) {
    const method = Response.prototype[read];
    Response.prototype[read] = function () {
      return track(`reading ${this.url}`, method.call(this));
    };
  }
  const fetchResource = window.fetch;
  const readToEnd = async (response) => {
    const reader = response.clone().body.getReader();
    while (!(await reader.read()).done);
  };
  window.fetch = function (resource, ...options) {
    const answer = fetchResource.call(window, resource, ...options);
    const address = String(resource?.url ?? resource);
    if (ENDLESS.test(address)) return answer;
    if (ANSWERS.test(address)) track("answers of events", answer.then(readToEnd));
    return track(`fetching ${address}`, answer);
  };

  const { open, send } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.open = function (method, address, ...others) {
    this.trackedAddress = String(address);
    return open.call(this, method, address, ...others);
  };
  XMLHttpRequest.prototype.send = function (body) {
    track(`requesting ${this.trackedAddress}`, new Promise((end) => this.addEventListener("loadend", end)));
    return send.call(this, body);
  };

  const NativeWorker = window.Worker;
  window.Worker = class extends NativeWorker {
    constructor(...parameters) {
      super(...parameters);
      this.questions = [{}];
      pending.set(this.questions[0], `starting worker ${parameters[0]}`);
      this.addEventListener("message", () => done(this.questions.shift()));
      this.addEventListener("error", () => this.questions.splice(0).forEach(done));
    }
    postMessage(...parameters) {
      const question = {};
      this.questions.push(question);
      pending.set(question, "message to a worker");
      super.postMessage(...parameters);
    }
    terminate() {
      this.questions.splice(0).forEach(done);
      super.terminate();
    }
  };

  const decodeImage = HTMLImageElement.prototype.decode;
  HTMLImageElement.prototype.decode = function () {
    return track("decoding an image", decodeImage.call(this));
  };
  const createBitmap = window.createImageBitmap;
  window.createImageBitmap = (...parameters) => track("creating a bitmap", createBitmap.call(window, ...parameters));

  const frame = () => new Promise((resolve) => native.requestAnimationFrame(() => native.setTimeout(resolve)));

  window.pageActivity = {
    /** What the page has still to do. */
    pending: () => [...pending.values()],

    /** Resolve once two frames in a row have begun with nothing to do but `held` requests; reject after `limit` milliseconds. */
    async idle(limit, held) {
      const end = performance.now() + limit;
      for (let quiet = 0, before = -1; quiet < 2; before = worked) {
        await frame();
        quiet = pending.size <= held && worked === before ? quiet + 1 : 0;
        if (performance.now() > end)
          throw new Error(`after ${limit} ms the page is still busy: ${this.pending().join("; ")}`);
      }
    },
  };
})();
