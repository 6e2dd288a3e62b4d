// A pad to draw an image on with mouse, pen or finger: light strokes on a dark background, as in the data sets.

import { button, contextOf, make } from "./dom.js";
import { text } from "./i18n.js";

/** A point of a stroke, as shares of the pad's side. @typedef {[number, number]} Point */

const SIDE = 280; // pixels of the drawing
const STROKE_WIDTH = 0.09 * SIDE; // scaled to 20 pixels, about as thick as MNIST's
const REST_MS = 250; // without another stroke, until the drawing is passed on

export class DrawingPad {
  /**
   * @param {(png: string) => void} onDrawn called with the drawing as base64 after the last stroke
   * @param {() => void} onClose
   * @param {string} [title]
   */
  constructor(onDrawn, onClose, title = text("pad_title")) {
    this.onDrawn = onDrawn;
    this.onClose = onClose;
    /** @type {Point[][]} */
    this.strokes = [];
    /** @type {number | null} */
    this.pointerId = null; // of the pointer that draws
    this.restTimer = 0;
    this.canvas = make("canvas", "vae-drawing-pad-canvas");
    this.canvas.width = this.canvas.height = SIDE;
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", text("pad"));
    this.context = contextOf(this.canvas);
    this.undoButton = button(text("undo"), () => this.undo());
    this.clearButton = button(text("clear"), () => this.clear());
    this.status = make("p", "vae-hint", text("pad_help"));
    this.status.setAttribute("role", "status");
    const closeButton = button(text("pad_close"), () => this.close());
    const head = make("div", "vae-panel-head", make("p", "vae-caption", title), closeButton);
    const buttons = make("div", "vae-buttons", this.undoButton, this.clearButton);
    this.root = make("section", "vae-panel vae-drawing-pad", head, this.canvas, buttons, this.status);
    this.root.hidden = true;
    this.listen();
    this.draw();
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.release(event));
    canvas.addEventListener("pointercancel", (event) => this.release(event));
    this.root.addEventListener("keydown", (event) => {
      const isUndo = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey);
      if (event.key === "Escape") this.close();
      else if (isUndo) {
        event.preventDefault();
        this.undo();
      }
    });
  }

  /** Show the pad and focus it. */
  open() {
    this.root.hidden = false;
    this.canvas.focus({ preventScroll: true });
    this.root.scrollIntoView({ block: "nearest" });
  }

  /** Hide the pad without opening or closing another. */
  hide() {
    this.root.hidden = true;
  }

  close() {
    this.hide();
    this.onClose();
  }

  /**
   * @param {PointerEvent} event
   * @returns {Point}
   */
  pointOf({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
  }

  /**
   * Begin a stroke. One pointer draws at a time; another finger is ignored.
   * @param {PointerEvent} event
   */
  press(event) {
    if (this.pointerId !== null || event.button !== 0) return;
    this.pointerId = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    clearTimeout(this.restTimer);
    this.strokes.push([this.pointOf(event)]);
    this.draw();
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (event.pointerId !== this.pointerId) return;
    const coalesced = event.getCoalescedEvents?.() ?? []; // absent in Safari before 18
    const events = coalesced.length ? coalesced : [event];
    this.strokes.at(-1)?.push(...events.map((each) => this.pointOf(each)));
    this.draw();
  }

  /** @param {PointerEvent} event */
  release(event) {
    if (event.pointerId !== this.pointerId) return;
    this.pointerId = null;
    this.finishChange();
  }

  undo() {
    if (this.pointerId !== null || !this.strokes.length) return;
    this.strokes.pop();
    this.draw();
    this.finishChange();
  }

  clear() {
    this.strokes = [];
    this.draw();
    this.finishChange();
  }

  /** Pass the drawing on after a rest. */
  finishChange() {
    const isEmpty = !this.strokes.length;
    clearTimeout(this.restTimer);
    this.status.textContent = text(isEmpty ? "pad_empty" : "pad_help");
    if (isEmpty)
      this.canvas.focus({ preventScroll: true }); // the buttons are disabled, which drops the focus
    else this.restTimer = setTimeout(() => this.passOn(), REST_MS);
  }

  /** Pass the drawing on, again if nothing has changed; an empty one stays here. */
  passOn() {
    if (this.strokes.length) this.onDrawn(this.canvas.toDataURL("image/png").split(",")[1]);
  }

  draw() {
    const { context } = this;
    context.fillStyle = "#000";
    context.fillRect(0, 0, SIDE, SIDE);
    context.fillStyle = context.strokeStyle = "#fff";
    context.lineWidth = STROKE_WIDTH;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of this.strokes) {
      const line = stroke.map(([x, y]) => [SIDE * x, SIDE * y]);
      context.beginPath();
      context.arc(line[0][0], line[0][1], STROKE_WIDTH / 2, 0, 2 * Math.PI); // a line of length 0 shows no dot
      context.fill();
      context.beginPath();
      for (const [x, y] of line) context.lineTo(x, y);
      context.stroke();
    }
    this.undoButton.disabled = this.clearButton.disabled = !this.strokes.length;
  }
}
