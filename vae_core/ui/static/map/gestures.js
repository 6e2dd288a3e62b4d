// What pointer, wheel and keys do to a map: move its handle, pan, zoom, pick a point, draw the lasso.

import { clamp } from "../math/clamp.js";
import { arrowStep, isBrowserShortcut } from "../page/keys.js";

/** @typedef {import("./latent_map.js").LatentMap} LatentMap */

const HANDLE_RADIUS_PX = 26; // a press within this distance takes the handle
const CLICK_TRAVEL_PX = 3; // a press that travels no further is a click
const MIN_PINCH_PX = 10; // the least distance between two fingers that counts, so that the zoom factor stays finite
const MAX_WHEEL_DELTA = 120;
const WHEEL_DELTA_PER_E = 400; // wheel units that zoom by a factor of e
const KEY_ZOOM_FACTOR = 1.25;
const KEY_STEP_PX = { coarse: 16, fine: 2 };

/**
 * Let a map follow the events on its overlay.
 * @param {LatentMap} map
 * @param {AbortSignal} signal ends the listening to the document
 */
export function listenTo(map, signal) {
  const pointers = new PointerGestures(map, signal);
  const { overlay } = map;
  overlay.addEventListener("pointerdown", (event) => pointers.press(event));
  overlay.addEventListener("pointermove", (event) => pointers.move(event));
  overlay.addEventListener("pointerup", (event) => pointers.release(event));
  overlay.addEventListener("pointercancel", (event) => pointers.release(event));
  overlay.addEventListener("lostpointercapture", (event) => pointers.release(event)); // for example to a menu
  overlay.addEventListener("pointerleave", () => map.hover(-1));
  overlay.addEventListener("wheel", (event) => pointers.wheel(event), { passive: false });
  overlay.addEventListener("keydown", (event) => pressKey(map, event));
}

/** What the pointers that are pressed on a map do to it. */
class PointerGestures {
  /**
   * @param {LatentMap} map
   * @param {AbortSignal} signal
   */
  constructor(map, signal) {
    this.map = map;
    /** @type {Map<number, [number, number]>} */
    this.pressed = new Map(); // the place of each pressed pointer, by its id
    /** @type {DOMRect | null} */
    this.box = null; // of the map while a pointer is pressed
    /** @type {"handle" | "pan" | "pinch" | "lasso" | null} */
    this.mode = null;
    this.offset = [0, 0]; // from the pointer to the handle, in CSS pixels
    this.travelled = 0; // CSS pixels since the press
    const forgetBox = () => {
      this.box = null; // the map has moved under a pressed pointer
    };
    document.addEventListener("scroll", forgetBox, { capture: true, passive: true, signal });
  }

  /**
   * Where a pointer is on the map, in CSS pixels. The map's box is read once per press: reading it makes the browser
   * lay out the page.
   * @param {MouseEvent} event
   * @returns {[number, number]}
   */
  position({ clientX, clientY }) {
    const { overlay, viewport } = this.map;
    const box = (this.pressed.size && this.box) || overlay.getBoundingClientRect();
    const { left, top, width, height } = (this.box = box);
    return [((clientX - left) * viewport.width) / width, ((clientY - top) * viewport.height) / height];
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (event.button) return; // a button other than the first opens a menu
    const { map } = this;
    const [px, py] = this.position(event);
    const [hx, hy] = map.viewport.toPixels(map.handle[0], map.handle[1]);
    const isSecond = this.pressed.size > 0;
    map.overlay.setPointerCapture(event.pointerId);
    this.pressed.set(event.pointerId, [px, py]);
    if (isSecond) return this.startPinch();
    const onHandle = map.hasHandle && Math.hypot(px - hx, py - hy) < HANDLE_RADIUS_PX;
    this.mode = map.lasso.active ? "lasso" : onHandle ? "handle" : "pan";
    if (this.mode === "lasso") map.lasso.startLine(px, py);
    this.offset = [hx - px, hy - py];
    this.travelled = 0;
    map.hover(-1);
  }

  /** A second finger ends what the first did; nothing else starts before both are lifted. */
  startPinch() {
    this.mode = "pinch";
    this.map.lasso.discardLine();
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { map, mode } = this;
    const place = this.position(event);
    const [px, py] = place;
    const before = this.pressed.get(event.pointerId);
    if (!before) return map.hover(map.nearest(px, py), px, py);
    this.travelled += Math.hypot(px - before[0], py - before[1]);
    if (mode === "pinch" && this.pressed.size === 2) this.pinch(event.pointerId, before, place);
    else if (mode === "lasso") map.lasso.extendLine(px, py);
    else if (mode === "handle") map.moveHandle(...map.viewport.toData(px + this.offset[0], py + this.offset[1]));
    else if (mode === "pan" && this.travelled > CLICK_TRAVEL_PX) map.viewport.pan(px - before[0], py - before[1]);
    this.pressed.set(event.pointerId, place);
  }

  /** @param {PointerEvent} event */
  release(event) {
    const { lasso } = this.map;
    if (!this.pressed.delete(event.pointerId)) return;
    const lifted = event.type === "pointerup";
    if (this.mode === "lasso") return lifted ? lasso.closeLine() : lasso.discardLine();
    if (lifted && this.mode === "pan" && this.travelled <= CLICK_TRAVEL_PX) this.click(...this.position(event));
  }

  /**
   * @param {number} px
   * @param {number} py
   */
  click(px, py) {
    const { map } = this;
    const index = map.nearest(px, py);
    if (map.hasHandle) map.moveHandle(...map.viewport.toData(px, py));
    if (index >= 0) map.pick(index);
  }

  /**
   * Zoom by the change of the distance between two fingers, around the one that rests.
   * @param {number} id the pointer that moves
   * @param {number[]} before
   * @param {number[]} after
   */
  pinch(id, before, after) {
    for (const [otherId, [px, py]] of this.pressed) {
      if (otherId === id) continue;
      /** @type {(place: number[]) => number} */
      const distance = (place) => Math.max(MIN_PINCH_PX, Math.hypot(place[0] - px, place[1] - py));
      this.map.viewport.zoom(distance(after) / distance(before), px, py);
    }
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    event.preventDefault();
    const delta = clamp(event.deltaY, -MAX_WHEEL_DELTA, MAX_WHEEL_DELTA);
    this.map.viewport.zoom(Math.exp(-delta / WHEEL_DELTA_PER_E), ...this.position(event));
  }
}

/**
 * @param {LatentMap} map
 * @param {KeyboardEvent} event
 */
function pressKey(map, event) {
  if (isBrowserShortcut(event)) return;
  const arrow = arrowStep(event.key);
  if (arrow) pressArrow(map, arrow, event.shiftKey ? KEY_STEP_PX.fine : KEY_STEP_PX.coarse);
  else if (event.key === "+") map.viewport.zoom(KEY_ZOOM_FACTOR);
  else if (event.key === "-") map.viewport.zoom(1 / KEY_ZOOM_FACTOR);
  else if (event.key === "0") map.fit();
  else if (map.lasso.active && event.key === " ") map.lasso.addCorner();
  else if (map.lasso.active && event.key === "Enter") map.lasso.closeLine();
  else if (event.key === "Escape") {
    map.lasso.clear();
    map.toolbar.useLasso(false);
  } else return;
  event.preventDefault();
}

/**
 * Move the handle, or a map that has none, by an arrow key.
 * @param {LatentMap} map
 * @param {[number, number]} arrow the direction, to the right and up
 * @param {number} step CSS pixels
 */
function pressArrow(map, [right, up], step) {
  if (!map.hasHandle) return map.viewport.pan(-right * step, up * step);
  const { handle, viewport } = map;
  map.moveHandle(handle[0] + (right * step) / viewport.scale, handle[1] + (up * step) / viewport.scale);
}
