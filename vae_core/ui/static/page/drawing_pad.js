// A pad to draw an image on, with mouse, pen or finger: light ink on dark ground, as the data sets have it.

import { button, make } from "./dom.js";
import { text } from "./i18n.js";

const SIDE = 280; // pixels of the picture that is handed over
const INK = 0.09; // a stroke's width as a share of the side: scaled to 20 pixels, about as thick as MNIST's
const REST = 250; // milliseconds without another stroke until the drawing is handed over

export class DrawingPad {
  /** @param onDrawn (a PNG as base64) → void, called when strokes have ended; @param onClose () → void; @param title what stands above */
  constructor(onDrawn, onClose, title = text("pad_title")) {
    Object.assign(this, { onDrawn, onClose });
    this.strokes = []; // each a list of [x, y] in shares of the side
    this.canvas = Object.assign(make("canvas", "vae-drawing-pad-canvas"), { width: SIDE, height: SIDE, tabIndex: 0 });
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", text("pad"));
    this.undoing = button(text("undo"), () => this.undo());
    this.clearing = button(text("clear"), () => this.clear());
    this.status = make("p", "vae-hint", text("pad_help"));
    this.status.setAttribute("role", "status");
    const head = make(
      "div",
      "vae-panel-head",
      make("p", "vae-caption", title),
      button(text("pad_close"), () => this.close()),
    );
    this.root = make(
      "section",
      "vae-panel vae-drawing-pad",
      head,
      this.canvas,
      make("div", "vae-buttons", this.undoing, this.clearing),
      this.status,
    );
    this.root.hidden = true;
    this.listen();
    this.draw();
  }

  listen() {
    const on = (name, act) => this.canvas.addEventListener(name, act);
    on("pointerdown", (event) => this.press(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.release(event));
    on("pointercancel", (event) => this.release(event));
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
      else if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey))
        (event.preventDefault(), this.undo());
    });
  }

  open() {
    this.root.hidden = false;
    this.canvas.focus({ preventScroll: true });
    this.root.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.root.hidden = true;
    this.onClose();
  }

  place({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
  }

  /** One pointer draws at a time: another finger is not heard. */
  press(event) {
    if (this.pointer !== undefined || event.button !== 0) return;
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    clearTimeout(this.resting);
    this.strokes.push([this.place(event)]);
    this.draw();
  }

  move(event) {
    if (event.pointerId !== this.pointer) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    this.strokes.at(-1).push(...(passed.length ? passed : [event]).map((each) => this.place(each)));
    this.draw();
  }

  release(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = undefined;
    this.changed();
  }

  undo() {
    if (this.pointer !== undefined || !this.strokes.length) return;
    this.strokes.pop();
    this.draw();
    this.changed();
  }

  clear() {
    this.strokes = [];
    this.draw();
    this.changed();
  }

  changed() {
    clearTimeout(this.resting);
    this.status.textContent = text(this.strokes.length ? "pad_help" : "pad_empty");
    if (this.strokes.length) this.resting = setTimeout(() => this.handOver(), REST);
    else this.canvas.focus({ preventScroll: true }); // the buttons are switched off and would lose the focus to nothing
  }

  /** Hand the drawing over, again if it was before; an empty one stays here. */
  handOver() {
    if (this.strokes.length) this.onDrawn(this.canvas.toDataURL("image/png").split(",")[1]);
  }

  draw() {
    const context = this.canvas.getContext("2d");
    context.fillStyle = "#000";
    context.fillRect(0, 0, SIDE, SIDE);
    Object.assign(context, {
      fillStyle: "#fff",
      strokeStyle: "#fff",
      lineWidth: INK * SIDE,
      lineCap: "round",
      lineJoin: "round",
    });
    for (const stroke of this.strokes) {
      const line = stroke.map((place) => place.map((share) => SIDE * share));
      context.beginPath();
      context.arc(...line[0], (INK * SIDE) / 2, 0, 2 * Math.PI); // a dot is a stroke as well, and a line of no length is not drawn
      context.fill();
      context.beginPath();
      for (const place of line) context.lineTo(...place);
      context.stroke();
    }
    this.undoing.disabled = this.clearing.disabled = !this.strokes.length;
  }
}
