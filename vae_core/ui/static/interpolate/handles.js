// Places on a map that can be taken hold of: each a knob with a letter, dragged by mouse or finger, moved by the arrow keys.

import { make, formatNumber } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { arrowStep, isBrowserShortcut } from "../page/keys.js";
import { clamp } from "../math/clamp.js";

const EDGE = 13; // CSS pixels: a place outside the view waits this near to the border
const REST = 200; // milliseconds: whoever has not moved for so long has come to rest

export class Handles {
  /**
   * @param map the LatentMap they lie on
   * @param onMove (i, x, y) → void, called with the newest place once a frame
   * @param onRest () → void, called when no place has moved for a while
   */
  constructor(map, { onMove, onRest }) {
    Object.assign(this, { map, onMove, onRest, places: [] });
    this.knobs = ["A", "B", "C", "D"].map((letter, i) => this.knob(letter, i));
    map.overlay.after(...this.knobs);
    map.addFilePainter((context, theme) => this.paint(context, theme));
    map.addEventListener("draw", () => this.place());
  }

  knob(letter, i) {
    const node = make("div", "vae-handle", letter);
    node.tabIndex = 0;
    node.hidden = true;
    node.setAttribute("role", "slider"); // of two dimensions: what it says is in its text
    node.setAttribute("aria-label", text("endpoint_handle", { letter }));
    const on = (name, act, options) => node.addEventListener(name, act, options);
    on("pointerdown", (event) => this.press(event, i));
    on("pointermove", (event) => this.drag(event, i));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"])
      on(name, () => {
        this.held = null;
      });
    on("keydown", (event) => this.pressKey(event, i));
    on(
      "wheel",
      (event) => {
        event.preventDefault();
        this.map.overlay.dispatchEvent(new WheelEvent("wheel", event));
      },
      { passive: false },
    );
    return node;
  }

  /** Lay the knobs at [[x, y], …], one a letter; letters beyond have none. */
  set(places) {
    this.places = places.map((place) => [...place]);
    this.knobs.forEach((node, i) => {
      node.hidden = i >= places.length;
    });
    this.place();
    this.tell();
  }

  /** Where knob i is shown, in CSS pixels of the map: a place outside the view is kept at the border, to be taken hold of. */
  shown(i) {
    const { width, height } = this.map.viewport,
      [px, py] = this.map.viewport.toPixels(...this.places[i]);
    return [clamp(px, EDGE, width - EDGE), clamp(py, EDGE, height - EDGE)];
  }

  place() {
    if (!this.map.viewport.width) return;
    this.places.forEach((_, i) => {
      const [px, py] = this.shown(i);
      this.knobs[i].style.transform = `translate(${px}px, ${py}px)`;
    });
  }

  /** Draw the knobs into a file: on the page they are elements, which no canvas has. */
  paint(context, theme) {
    context.font = "600 13px system-ui, sans-serif";
    context.textAlign = "center";
    this.places.forEach((_, i) => {
      const [px, py] = this.shown(i);
      context.beginPath();
      context.arc(px, py, 12, 0, 2 * Math.PI);
      Object.assign(context, { fillStyle: theme.background, strokeStyle: theme.text, lineWidth: 2 });
      context.fill();
      context.stroke();
      context.fillStyle = theme.text;
      context.fillText(this.knobs[i].textContent, px, py + 4.5);
    });
  }

  press(event, i) {
    if (this.held || event.button) return; // one hand holds one knob; another button than the first opens a menu
    const box = this.map.overlay.getBoundingClientRect(),
      [px, py] = this.shown(i);
    event.preventDefault();
    this.knobs[i].setPointerCapture(event.pointerId);
    this.knobs[i].focus({ preventScroll: true });
    this.map.hover(-1);
    this.held = {
      id: event.pointerId,
      scale: this.map.viewport.width / box.width,
      px,
      py,
      x: event.clientX,
      y: event.clientY,
    };
  }

  drag(event, i) {
    const { held } = this,
      { viewport } = this.map;
    if (held?.id !== event.pointerId) return;
    const px = held.px + (event.clientX - held.x) * held.scale,
      py = held.py + (event.clientY - held.y) * held.scale;
    this.move(i, ...viewport.toData(clamp(px, EDGE, viewport.width - EDGE), clamp(py, EDGE, viewport.height - EDGE)));
  }

  pressKey(event, i) {
    if (isBrowserShortcut(event)) return;
    const step = (event.shiftKey ? 2 : 16) / this.map.viewport.scale,
      [x, y] = this.places[i],
      arrow = arrowStep(event.key);
    if (arrow) this.move(i, x + step * arrow[0], y + step * arrow[1]);
    else if ("+-0".includes(event.key)) this.map.overlay.dispatchEvent(new KeyboardEvent("keydown", event));
    else return;
    event.preventDefault();
  }

  /** However many moves there are, each frame shows the newest one. */
  move(i, x, y) {
    this.places[i] = [x, y];
    this.moving ??= requestAnimationFrame(() => {
      this.moving = null;
      this.place();
      this.onMove(i, ...this.places[i]);
      clearTimeout(this.resting);
      this.resting = setTimeout(() => {
        this.tell();
        this.onRest();
      }, REST);
    });
  }

  /** Say where the knobs are, for who cannot see it. */
  tell() {
    this.places.forEach(([x, y], i) => {
      this.knobs[i].setAttribute("aria-valuenow", x.toFixed(2));
      this.knobs[i].setAttribute("aria-valuetext", `${formatNumber(x)}, ${formatNumber(y)}`);
    });
  }
}
