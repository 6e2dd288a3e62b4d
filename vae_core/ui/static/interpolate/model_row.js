// One model of the interpolation tab: its map with the endpoints, the paths between them, and the blends of three or
// four.

import { LatentMap } from "../map/latent_map.js";
import { axisNames } from "../map/map_data.js";
import { lift, project, weightedSum } from "../math/interpolation.js";
import { postJson } from "../page/api.js";
import { make, messageOf } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { download, fileName } from "../page/image_sheet.js";
import { PaintQueue } from "../page/paint_queue.js";
import { paint } from "../page/picture.js";
import { BlendGrid } from "./blends.js";
import { CoordinateFields } from "./coordinate_fields.js";
import { describeDataPath, requestDataPath } from "./data_path.js";
import { describeEndpoints } from "./endpoint_images.js";
import { Handles } from "./handles.js";
import { PATHS, PathStrip } from "./paths.js";

/** @import { Decoder } from "../decoder/decoder.js" */
/** @import { RunMap } from "../page/api.js" */
/** @import { EndpointImages } from "./endpoint_images.js" */
/** @import { FileContents, Save } from "./paths.js" */
/**
 * The settings that both models share: the slider's time in [0, 1], and the names of the visible paths.
 * @typedef {{t: number, visible: Set<string>}} PathSettings
 */
/**
 * A model as the server sends it: its run, its name, and the code of each endpoint's image.
 * @typedef {{run: string, title: string, codes: number[][]}} RowState
 */
/** A model that is loaded. @typedef {{run: string, map: RunMap, decoder: Decoder}} Model */

/**
 * @typedef {object} RowOptions
 * @property {(t: number) => void} onStep called when the visitor points at a step of a path
 * @property {(endpoint: number, index: number) => void} onPick called when a test image is to become an endpoint
 * @property {(message: string) => void} onError
 */

const LINE_POINTS = 41; // of a path on the map
const OUTLINE_DASH = [1, 3];
export class ModelRow {
  /**
   * @param {PathSettings} settings
   * @param {RowOptions} options
   */
  constructor(settings, { onStep, onPick, onError }) {
    this.settings = settings;
    this.onError = onError;
    /** @type {Model | null} */
    this.model = null;
    /** @type {EndpointImages} */
    this.images = { label: 0, pixels: [], keys: [], fileNames: [], descriptions: [] };
    /** @type {number[][]} */
    this.codes = []; // of the endpoints' images
    /** @type {number[][]} */
    this.endpoints = []; // their codes, which a visitor may have moved
    /** @type {Set<number>} */
    this.moved = new Set(); // endpoints that are not at the code of their image
    /** @type {number[][] | null} */
    this.dataPath = null; // the codes of the path along the data
    /** @type {object | null} */
    this.pathRequest = null; // identifies the last request for it
    /** @type {number[] | null} */
    this.pointedWeights = null; // of the blend under the pointer
    this.paintQueue = new PaintQueue();
    this.title = make("h3", "vae-model-row-title");
    /** @type {Save} */
    const onSave = (name, kind, create) => this.save(name, kind, create);
    const requestGif = (/** @type {string} */ path) => this.requestGif(path);
    this.strips = Object.keys(PATHS).map((name) => new PathStrip(name, { onStep, onSave, requestGif }));
    this.blends = new BlendGrid({ onPoint: (weights) => this.point(weights), onSave });
    this.resetButton = this.createResetButton();
    const mapHost = make("div", "vae-model-row-map");
    const paths = make("div", "vae-paths", ...this.strips.map(({ root }) => root), this.blends.root);
    this.root = make("section", "vae-model-row", this.title, make("div", "vae-model-row-body", mapHost, paths));
    this.map = new LatentMap(mapHost, {
      onPick: (index) => {
        const points = this.map.data?.points ?? [];
        onPick(this.handles.nearest(points[2 * index], points[2 * index + 1]), index);
      },
    });
    this.handles = new Handles(this.map, {
      onMove: (i, x, y) => this.moveEndpoint(i, x, y),
      onRest: () => this.rest(),
    });
    this.coordinates = new CoordinateFields(this.handles);
    mapHost.append(make("p", "vae-hint", text("endpoints_hint")), this.resetButton, this.coordinates.root);
  }

  createResetButton() {
    const button = make("button", "vae-small-button", text("endpoints_reset"));
    button.type = "button";
    button.title = text("endpoints_reset_help");
    button.addEventListener("click", () => {
      this.reset([...this.moved]);
      this.handles.focus(); // the pressed button is hidden and loses the focus
    });
    return button;
  }

  /**
   * Show a model. An endpoint that the visitor has moved stays where it is, unless its image or the model is another
   * one.
   * @param {RowState} state
   * @param {EndpointImages} images
   * @param {RunMap} map
   * @param {Decoder} decoder
   */
  open({ run, title, codes }, images, map, decoder) {
    const isOtherRun = run !== this.model?.run;
    const before = JSON.stringify([this.model?.run, this.images.label, this.endpoints]);
    const keys = isOtherRun ? [] : this.images.keys;
    this.moved = new Set([...this.moved].filter((i) => images.keys[i] === keys[i]));
    const endpoints = codes.map((code, i) => (this.moved.has(i) ? this.endpoints[i] : code));
    if (isOtherRun) this.map.setData(map, { refit: true });
    this.model = { run, map, decoder };
    this.images = images;
    this.codes = codes;
    this.map.setLabel(images.label); // the images under the points are of the same class as those of the paths
    this.coordinates.setAxisNames(axisNames(map));
    this.title.textContent = title;
    this.blends.open(images.pixels, map.shape);
    this.setEndpoints(endpoints, before !== JSON.stringify([run, images.label, endpoints]));
  }

  /**
   * Tell whether test image `index` is that of endpoint i.
   * @param {number} i
   * @param {number} index
   */
  isImageOf(i, index) {
    return this.images.keys[i] === index;
  }

  /**
   * Move endpoints back to the codes of their images.
   * @param {number[]} endpoints
   */
  reset(endpoints) {
    const codes = [...this.endpoints];
    for (const i of endpoints) {
      codes[i] = this.codes[i];
      this.moved.delete(i);
    }
    this.setEndpoints(codes);
  }

  /**
   * @param {number[][]} endpoints
   * @param {boolean} [isChanged] whether the path along the data is another one
   */
  setEndpoints(endpoints, isChanged = true) {
    this.endpoints = endpoints;
    this.resetButton.hidden = !this.moved.size;
    this.handles.setPlaces(endpoints.map((code) => this.placeOf(code)));
    this.coordinates.show();
    if (isChanged) this.dropDataPath();
    this.showPaths();
  }

  /**
   * Move an endpoint in the map's plane; its code keeps what the map does not show.
   * @param {number} i
   * @param {number} x
   * @param {number} y
   */
  moveEndpoint(i, x, y) {
    if (!this.model) return;
    this.endpoints[i] = lift(this.model.map, x, y, this.endpoints[i]);
    this.moved.add(i);
    this.resetButton.hidden = false;
    this.dropDataPath();
    this.draw();
  }

  /** Follow endpoints that have come to rest. */
  rest() {
    this.coordinates.show();
    this.loadDataPath();
  }

  /**
   * @param {number[]} code
   * @returns {[number, number]} its place on the map
   */
  placeOf(code) {
    return this.model ? project(this.model.map, code) : [0, 0];
  }

  // ── the path along the data, which the server computes ────────────────────────────────────────────────────────

  get dataPathStrip() {
    return this.strips[Object.keys(PATHS).indexOf("along")];
  }

  dropDataPath() {
    this.dataPath = this.pathRequest = null;
    this.dataPathStrip.setMessage("", true);
  }

  async loadDataPath() {
    if (!this.settings.visible.has("along") || this.dataPath || !this.model) return;
    const [a, b] = this.endpoints;
    const request = (this.pathRequest = {});
    this.dataPathStrip.setMessage(text("along_loading"), true);
    try {
      const path = await requestDataPath(this.model.run, a, b);
      if (request !== this.pathRequest) return;
      this.dataPath = path.codes;
      this.dataPathStrip.setMessage(describeDataPath(path, a, b));
      this.draw();
    } catch (error) {
      if (request === this.pathRequest) this.dataPathStrip.setMessage(messageOf(error), true);
    }
  }

  // ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** @param {string} path a key of PATHS */
  async requestGif(path) {
    const [a, b] = this.endpoints;
    const { label } = this.images;
    const run = encodeURIComponent(this.model?.run ?? "");
    return (await postJson(`gif/${run}`, { path, a, b, label })).blob();
  }

  /**
   * Save a file whose name consists of the model, the endpoints and what it shows.
   * @param {string} name
   * @param {string} kind
   * @param {(contents: FileContents) => Promise<Blob>} create
   */
  async save(name, kind, create) {
    if (!this.model) return;
    const model = this.title.textContent;
    const { fileNames } = this.images;
    const count = name in PATHS ? 2 : this.endpoints.length;
    const endpoints = fileNames.slice(0, count).map((image, i) => (this.moved.has(i) ? "moved" : image));
    try {
      const blob = await create({ model, endpoints: describeEndpoints(this.images, this.moved) });
      download(blob, fileName(kind, model, endpoints.join("-"), name));
    } catch (error) {
      this.onError(messageOf(error));
    }
  }

  // ── drawing ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** The strips of the visible paths whose codes are known. */
  get readyStrips() {
    const { visible } = this.settings;
    return this.strips.filter(({ name }) => visible.has(name) && (name !== "along" || this.dataPath));
  }

  /** Show the visible paths and hide the others. */
  showPaths() {
    for (const { name, root } of this.strips) root.hidden = !this.settings.visible.has(name);
    this.draw();
    this.loadDataPath();
  }

  /** Paint paths and blends between the endpoints. */
  draw() {
    if (!this.model) return;
    const tiles = [...this.readyStrips.flatMap((strip) => strip.tiles(this)), ...this.blends.tiles(this.endpoints)];
    this.paintQueue.paint(tiles, this.model.decoder, this.images.label);
    this.step();
  }

  /**
   * Mark a blend's place on the map.
   * @param {number[] | null} weights null for none
   */
  point(weights) {
    this.pointedWeights = weights;
    this.step();
  }

  /** Show the images and the places at the slider's time. */
  step() {
    if (!this.model) return;
    const { decoder } = this.model;
    const { t } = this.settings;
    const stops = this.pointedWeights ? [this.placeOf(weightedSum(this.endpoints, this.pointedWeights))] : [];
    const paths = this.readyStrips.map((strip) => {
      const { at, dash } = PATHS[strip.name];
      const code = at(this, t);
      paint(strip.image, decoder.decode(code, this.images.label), decoder.shape);
      strip.markStep(t);
      stops.push(this.placeOf(code));
      const points = Array.from({ length: LINE_POINTS }, (_, i) => this.placeOf(at(this, i / (LINE_POINTS - 1))));
      return { points, dash };
    });
    const outline = this.blends.outline(this.endpoints.map((code) => this.placeOf(code)));
    this.map.annotations.setPaths([{ points: outline, dash: OUTLINE_DASH }, ...paths], stops);
    this.root.dispatchEvent(new CustomEvent("stepped", { detail: { t }, bubbles: true }));
  }
}
