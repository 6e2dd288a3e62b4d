// One model's part of the third tab: its map with the ends to drag, the ways between them, and the blends of three or four.

import { BlendGrid } from "./blends.js";
import { PaintQueue } from "../page/paint_queue.js";
import { CoordinateFields } from "./coordinate_fields.js";
import { fileName, download, imageSheet } from "../page/image_sheet.js";
import { Handles } from "./handles.js";
import { LatentMap } from "../map/latent_map.js";
import { axisNames } from "../map/map_data.js";
import { make, formatNumber } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { paint } from "../page/picture.js";
import { postJson } from "../page/api.js";
import { lift, pathLength, project, weightedSum } from "../math/interpolation.js";
import { PathStrip, PATHS } from "./paths.js";

const DRAWN = 41; // points of a line on the map

export class ModelRow {
  /**
   * @param settings {t, shown}: where the slider is, and the names of the ways that are shown
   * @param onStep (t) → void, called when the slider is to move
   * @param onPick (i, index) → void, called when a test image is to become end i
   * @param onSay (sentence) → void, called when something could not be done
   */
  constructor(settings, { onStep, onPick, onSay }) {
    Object.assign(this, { settings, onSay, paintQueue: new PaintQueue(), path: null, moved: new Set() }); // `moved`: ends that are not at their image's code
    const saving = { onSave: (name, kind, make) => this.save(name, kind, make), askGif: (way) => this.askGif(way) };
    this.title = make("h3", "vae-model-row-title");
    this.ways = Object.keys(PATHS).map((name) => new PathStrip(name, { onStep, ...saving }));
    this.along = this.ways.find((way) => way.name === "along");
    const saveBlends = (figure, name, kind) => this.save(name, kind, (about) => imageSheet(kind, figure(about)));
    this.blend = new BlendGrid({ onPoint: (weights) => this.point(weights), onSave: saveBlends });
    this.back = make("button", "vae-small-button", text("endpoints_reset"));
    Object.assign(this.back, { type: "button", title: text("endpoints_reset_help") });
    this.back.addEventListener("click", () => {
      this.putBack(this.moved);
      this.handles.knobs[0].focus({ preventScroll: true }); // the button that was pressed is gone
    });
    const place = make("div", "vae-model-row-map"),
      ways = make("div", "vae-paths", ...this.ways.map((way) => way.root), this.blend.root);
    this.root = make("section", "vae-model-row", this.title, make("div", "vae-model-row-body", place, ways));
    this.map = new LatentMap(place, { onPick: (index) => onPick(this.nearestEnd(index), index) });
    this.handles = new Handles(this.map, { onMove: (i, x, y) => this.moveEnd(i, x, y), onRest: () => this.rest() });
    this.coordinates = new CoordinateFields(this.handles);
    place.append(make("p", "vae-hint", text("endpoints_hint")), this.back, this.coordinates.root);
  }

  /**
   * `label` is the class that a conditional model decodes all the way; `images` are the ends' own, told apart by `keys`, and
   * `names` are theirs in a file's name, `about` in its words. An end that has been moved stays where it is, unless it is of another image or model now.
   */
  open({ run, title, codes }, { label, images, keys, names, about }, data, decoder) {
    const before = JSON.stringify([this.run, this.label, this.ends]),
      same = run === this.run ? this.keys : [];
    this.moved = new Set([...this.moved].filter((i) => keys[i] === same[i]));
    const ends = codes.map((code, i) => (this.moved.has(i) ? this.ends[i] : code));
    if (run !== this.run) this.map.setData(data, { refit: true });
    Object.assign(this, { run, data, decoder, label, codes, keys, names, about });
    this.map.setLabel(label); // the decoded images under the points are of the class of the paths
    this.coordinates.name(axisNames(data));
    this.title.textContent = title;
    this.blend.open(images, data.shape);
    this.setEnds(ends, before !== JSON.stringify([run, label, ends]));
  }

  /** Some ends at their images' codes again. */
  putBack(some) {
    const ends = [...this.ends];
    for (const i of some) ((ends[i] = this.codes[i]), this.moved.delete(i));
    this.setEnds(ends);
  }

  setEnds(ends, changed = true) {
    this.ends = ends;
    this.back.hidden = this.moved.size === 0;
    this.handles.set(ends.map((code) => project(this.data, code)));
    this.coordinates.show();
    if (changed) this.forgetPath();
    this.show();
  }

  /** An end moves in the map's plane and keeps what its code has beyond it. */
  moveEnd(i, x, y) {
    this.ends[i] = lift(this.data, x, y, this.ends[i]);
    this.moved.add(i);
    this.back.hidden = false;
    this.forgetPath();
    this.draw();
  }

  /** No end has moved for a while. */
  rest() {
    this.coordinates.show();
    this.askPath();
  }

  /** The end that is nearest to a point of the map. */
  nearestEnd(index) {
    const { points } = this.data,
      distances = this.handles.places.map(([x, y]) => Math.hypot(x - points[2 * index], y - points[2 * index + 1]));
    return distances.indexOf(Math.min(...distances));
  }

  // ── the way along the data, which only the server knows ───────────────────────────────────────────────────────

  forgetPath() {
    this.path = this.asked = null;
    this.along.say("", true);
  }

  async askPath() {
    if (!this.settings.shown.has("along") || this.path || !this.run) return;
    const [a, b] = this.ends,
      asked = (this.asked = {});
    this.along.say(text("along_loading"), true);
    try {
      const found = await (await postJson(`path/${encodeURIComponent(this.run)}`, { a, b })).json();
      if (asked !== this.asked) return;
      this.path = found.codes;
      this.along.say(this.aboutPath(found));
      this.draw();
    } catch (error) {
      if (asked === this.asked) this.along.say(error.message, true);
    }
  }

  aboutPath({ images, bridges }) {
    const [a, b] = this.ends,
      direct = pathLength([a, b]),
      times = direct > 0 ? pathLength(this.path) / direct : 1;
    const said = text("along_about", { n: images, times: formatNumber(times) });
    return bridges ? `${said} ${text("along_bridges", { n: bridges })}` : said;
  }

  // ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────

  askGif(way) {
    const [a, b] = this.ends,
      { label } = this;
    return postJson(`gif/${encodeURIComponent(this.run)}`, { path: way, a, b, label }).then((answer) => answer.blob());
  }

  /** Keep what `make` ({model, ends: a sentence each}) makes under a name that says model, ends and way. */
  async save(name, kind, make) {
    if (!this.names) return; // nothing has come yet
    const ends = this.names
      .slice(0, name in PATHS ? 2 : this.ends.length)
      .map((end, i) => (this.moved.has(i) ? "moved" : end));
    try {
      download(
        await make({ model: this.title.textContent, ends: this.sayEnds() }),
        fileName(kind, this.title.textContent, ends.join("-"), name),
      );
    } catch (error) {
      this.onSay(error.message);
    }
  }

  /** Each end's letter and image, as a file says them. */
  sayEnds() {
    return this.about.map(
      (image, i) => `${"ABCD"[i]}: ${this.moved.has(i) ? text("endpoint_moved", { image }) : image}`,
    );
  }

  // ── drawing ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** The ways that are wanted and known. */
  get known() {
    return this.ways.filter(({ name }) => this.settings.shown.has(name) && (name !== "along" || this.path));
  }

  /** Show the ways that are wanted. */
  show() {
    for (const way of this.ways) way.root.hidden = !this.settings.shown.has(way.name);
    if (!this.decoder) return;
    this.draw();
    this.askPath();
  }

  /** Show the ways and blends between the ends as they are now. */
  draw() {
    this.paintQueue.paint(
      [...this.known.flatMap((way) => way.tiles(this)), ...this.blend.tiles(this.ends)],
      this.decoder,
      this.label,
    );
    this.step();
  }

  /** Mark where the blend is that is pointed at; null takes the mark away. */
  point(weights) {
    this.pointed = weights;
    this.step();
  }

  /** Show where the slider is. */
  step() {
    if (!this.decoder) return;
    const { t } = this.settings,
      flat = (z) => project(this.data, z),
      stops = this.pointed ? [flat(weightedSum(this.ends, this.pointed))] : [];
    const paths = this.known.map((way) => {
      const { at, dash } = PATHS[way.name],
        z = at(this, t);
      paint(way.now, this.decoder.decode(z, this.label), this.decoder.shape);
      way.mark(t);
      stops.push(flat(z));
      return { points: Array.from({ length: DRAWN }, (_, i) => flat(at(this, i / (DRAWN - 1)))), dash };
    });
    this.map.annotations.setPaths([{ points: this.blend.outline(this.ends.map(flat)), dash: [1, 3] }, ...paths], stops);
    this.root.dispatchEvent(new CustomEvent("stepped", { detail: { t }, bubbles: true }));
  }
}
