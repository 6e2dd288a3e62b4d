// Draggable handles on a map, each with a letter. Arrow keys move them too.

import { clamp } from "../math/clamp.js";
import { formatNumber, make } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { arrowStep, isBrowserShortcut } from "../page/keys.js";

/** @import { LatentMap } from "../map/latent_map.js" */
/** @import { Theme } from "../page/dom.js" */
/** @import { DrawingContext } from "../page/svg_context.js" */

/**
 * A drag: its pointer, the screen's CSS pixels per pixel of the map, and where the handle and the pointer were at its
 * start.
 * @typedef {{pointerId: number, scale: number, px: number, py: number, clientX: number, clientY: number}} Drag
 */
/**
 * @typedef {object} HandleOptions
 * @property {(i: number, x: number, y: number) => void} onMove called at most once a frame with a handle's newest place
 * @property {() => void} onRest called when no handle has moved for a while
 */

const LETTERS = ["A", "B", "C", "D"];
const BORDER_PX = 13; // distance from the border of a handle whose place is out of view
const REST_MS = 200;
const RADIUS_PX = 12; // in a file, as in style.css
const STEP_PX = 16; // of an arrow key
const FINE_STEP_PX = 2; // with shift

export class Handles {
  /**
   * @param {LatentMap} map
   * @param {HandleOptions} options
   */
  constructor(map, { onMove, onRest }) {
    this.map = map;
    this.onMove = onMove;
    this.onRest = onRest;
    this.letters = LETTERS;
    /** @type {[number, number][]} */
    this.places = []; // in units of the map
    /** @type {Drag | null} */
    this.dragging = null;
    this.frame = 0; // the id of the requested frame, 0 for none
    this.restTimer = 0;
    this.elements = LETTERS.map((letter, i) => this.createElement(letter, i));
    map.overlay.after(...this.elements);
    map.addFilePainter((context, theme) => this.paint(context, theme));
    map.addEventListener("draw", () => this.layOut());
  }

  /**
   * @param {string} letter
   * @param {number} i
   * @returns {HTMLElement}
   */
  createElement(letter, i) {
    const node = make("div", "vae-handle", letter);
    node.tabIndex = 0;
    node.hidden = true;
    node.setAttribute("role", "slider"); // ARIA has no role for two dimensions; the text of the value names both
    node.setAttribute("aria-label", text("endpoint_handle", { letter }));
    const endDrag = () => {
      this.dragging = null;
    };
    node.addEventListener("pointerdown", (event) => this.press(event, i));
    node.addEventListener("pointermove", (event) => this.drag(event, i));
    node.addEventListener("pointerup", endDrag);
    node.addEventListener("pointercancel", endDrag);
    node.addEventListener("lostpointercapture", endDrag);
    node.addEventListener("keydown", (event) => this.pressKey(event, i));
    node.addEventListener("wheel", (event) => this.forwardWheel(event), { passive: false });
    return node;
  }

  /**
   * Set the handles' places; letters beyond them have no handle.
   * @param {ArrayLike<number>[]} places [x, y] each, in units of the map
   */
  setPlaces(places) {
    this.places = places.map(({ 0: x, 1: y }) => [x, y]);
    this.elements.forEach((node, i) => {
      node.hidden = i >= places.length;
    });
    this.layOut();
    this.announce();
  }

  /**
   * Return the handle that is nearest to a place.
   * @param {number} x units of the map
   * @param {number} y
   * @returns {number}
   */
  nearest(x, y) {
    const distances = this.places.map((place) => Math.hypot(place[0] - x, place[1] - y));
    return distances.indexOf(Math.min(...distances));
  }

  /** Focus the first handle. */
  focus() {
    this.elements[0].focus({ preventScroll: true });
  }

  /**
   * Return where a handle is shown. A handle whose place is out of view stays at the border, so that it can be dragged
   * back.
   * @param {number} i
   * @returns {[number, number]} CSS pixels of the map
   */
  pixelsOf(i) {
    const [px, py] = this.map.viewport.toPixels(...this.places[i]);
    return this.insideBorder(px, py);
  }

  /**
   * @param {number} px
   * @param {number} py
   * @returns {[number, number]} the nearest pixels that are not too near to the border
   */
  insideBorder(px, py) {
    const { width, height } = this.map.viewport;
    return [clamp(px, BORDER_PX, width - BORDER_PX), clamp(py, BORDER_PX, height - BORDER_PX)];
  }

  layOut() {
    if (!this.map.viewport.width) return;
    this.places.forEach((_, i) => {
      const [px, py] = this.pixelsOf(i);
      this.elements[i].style.transform = `translate(${px}px, ${py}px)`;
    });
  }

  /**
   * Draw the handles into a file of the map, whose canvases do not show the elements.
   * @param {DrawingContext} context
   * @param {Theme} theme
   */
  paint(context, theme) {
    context.font = "600 13px system-ui, sans-serif";
    context.textAlign = "center";
    this.places.forEach((_, i) => {
      const [px, py] = this.pixelsOf(i);
      context.beginPath();
      context.arc(px, py, RADIUS_PX, 0, 2 * Math.PI);
      context.fillStyle = theme.background;
      context.strokeStyle = theme.text;
      context.lineWidth = 2;
      context.fill();
      context.stroke();
      context.fillStyle = theme.text;
      context.fillText(LETTERS[i], px, py + 4.5);
    });
  }

  /**
   * @param {PointerEvent} event
   * @param {number} i
   */
  press(event, i) {
    if (this.dragging || event.button) return; // one drag at a time; another button opens a menu
    const { pointerId, clientX, clientY } = event;
    const [px, py] = this.pixelsOf(i);
    const scale = this.map.viewport.width / this.map.overlay.getBoundingClientRect().width;
    event.preventDefault();
    this.elements[i].setPointerCapture(pointerId);
    this.elements[i].focus({ preventScroll: true });
    this.map.hover(-1);
    this.dragging = { pointerId, scale, px, py, clientX, clientY };
  }

  /**
   * @param {PointerEvent} event
   * @param {number} i
   */
  drag(event, i) {
    const { dragging } = this;
    if (dragging?.pointerId !== event.pointerId) return;
    const px = dragging.px + (event.clientX - dragging.clientX) * dragging.scale;
    const py = dragging.py + (event.clientY - dragging.clientY) * dragging.scale;
    this.move(i, ...this.map.viewport.toData(...this.insideBorder(px, py)));
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} i
   */
  pressKey(event, i) {
    if (isBrowserShortcut(event)) return;
    const step = (event.shiftKey ? FINE_STEP_PX : STEP_PX) / this.map.viewport.scale;
    const arrow = arrowStep(event.key);
    const [x, y] = this.places[i];
    if (arrow) this.move(i, x + step * arrow[0], y + step * arrow[1]);
    else if ("+-0".includes(event.key)) this.map.overlay.dispatchEvent(new KeyboardEvent("keydown", event));
    else return;
    event.preventDefault();
  }

  /**
   * Let the map zoom under a handle too.
   * @param {WheelEvent} event
   */
  forwardWheel(event) {
    event.preventDefault();
    this.map.overlay.dispatchEvent(new WheelEvent("wheel", event));
  }

  /**
   * Move a handle. However many moves there are, each frame shows the newest.
   * @param {number} i
   * @param {number} x units of the map
   * @param {number} y
   */
  move(i, x, y) {
    this.places[i] = [x, y];
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.layOut();
      this.onMove(i, ...this.places[i]);
      clearTimeout(this.restTimer);
      this.restTimer = setTimeout(() => {
        this.announce();
        this.onRest();
      }, REST_MS);
    });
  }

  /** Tell assistive technology where the handles are. */
  announce() {
    this.places.forEach(([x, y], i) => {
      this.elements[i].setAttribute("aria-valuenow", x.toFixed(2));
      this.elements[i].setAttribute("aria-valuetext", `${formatNumber(x)}, ${formatNumber(y)}`);
    });
  }
}
