// A training while it runs, and its recording afterwards: the map, the curves, the KL of each dimension,
// reconstructions and samples.

import { LatentMap } from "../map/latent_map.js";
import { Unreachable, loadFactors, loadLive, loadRecording, recordingAddress } from "../page/api.js";
import { make, messageLine, messageOf, requireElement } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { ImageRows } from "../page/image_rows.js";
import { download, fileName, saveButton } from "../page/image_sheet.js";
import { fromBase64 } from "../page/picture.js";
import { klChart, lossChart, showKl, showLoss } from "./curves.js";
import { Player } from "./player.js";
import { Recording } from "./recording.js";

/** @import { MapOptions } from "../map/map_data.js" */
/** @import { Component } from "../page/dom.js" */
/** @import { HistoryRow } from "./curves.js" */
/** @import { RecordingHeader, Snapshot } from "./recording.js" */

/**
 * A training by its id: a running one if `live` is true, otherwise its recording; nothing without an id.
 * @typedef {{id?: string, live?: boolean}} Request
 */
/**
 * What stays the same through a training: header, labels, originals and factors as arrays.
 * @typedef {Omit<RecordingHeader, "labels" | "originals">
 *   & {labels: Uint8Array, originals: Uint8Array, factors: Float32Array | null}} Description
 */

const COLUMNS = 8; // images in a row
const RETRY_MS = 1000;
const MAX_CURVE_POINTS = 800; // twice as many as the server keeps
const FILL_SHARE = 0.85; // of the map, for a cloud that the view follows
const MIN_GROWTH = 0.98; // the view stays while the cloud's scale changes within these limits …
const MAX_GROWTH = 1.6;
const MAX_SHIFT = 0.12; // … and its middle moves less than this share of the map's width

/**
 * Show the prop `recording`, a Request. The event "mounted" asks the server for it, because a prop of an unopened tab
 * is lost.
 * @param {Component} component
 */
export function mount({ element, props, trigger, watch }) {
  const view = new TrainingView(requireElement(element, ".vae-training-view"));
  const open = () => view.open(props.recording);
  watch("recording", open);
  open();
  trigger("mounted");
}

/**
 * Keep the view while the cloud fills it well: a view that follows each step would tremble.
 * @type {NonNullable<MapOptions["adjustFit"]>}
 */
function steadyView(fitted, previous, { viewport }) {
  if (previous) {
    const growth = fitted.scale / previous.scale;
    const shift = Math.hypot(fitted.x - previous.x, fitted.y - previous.y) * fitted.scale;
    if (growth > MIN_GROWTH && growth < MAX_GROWTH && shift < MAX_SHIFT * viewport.width) return previous;
  }
  return { ...fitted, scale: fitted.scale * FILL_SHARE };
}

class TrainingView {
  /** @param {HTMLElement} root */
  constructor(root) {
    /** @type {Request} */
    this.request = {}; // the newest, which may still be loading
    /** @type {Description | null} */
    this.description = null;
    /** @type {HistoryRow[]} */
    this.rows = [];
    const mapHost = make("div", "vae-map-container");
    mapHost.id = "train-map";
    this.map = new LatentMap(mapHost, { adjustFit: steadyView });
    this.lossChart = lossChart();
    this.lossChart.root.id = "train-curves";
    this.klChart = klChart();
    this.klChart.root.id = "train-bars";
    const imageHost = make("div", "vae-image-rows");
    imageHost.id = "train-pictures";
    this.imageRows = new ImageRows(imageHost);
    this.player = new Player(
      (snapshot) => this.showReplay(snapshot),
      saveButton("GIF", text("recording_gif"), () => this.saveGif()),
    );
    this.message = messageLine("alert");
    root.replaceChildren(
      make("div", "vae-training-view-main", mapHost, this.player.root, this.message),
      make("div", "vae-training-view-side", this.lossChart.root, this.klChart.root, imageHost),
    );
    this.clear();
  }

  clear() {
    this.rows = [];
    this.map.clear();
    this.player.close();
    this.message.textContent = "";
    showLoss(this.lossChart, []);
    this.lossChart.setCursor(null);
    showKl(this.klChart, []);
    this.imageRows.show([]);
  }

  /**
   * Show a training. If it cannot be loaded, the view returns to the one before.
   * @param {Request | null | undefined} request
   */
  async open(request) {
    if (!request || JSON.stringify(request) === JSON.stringify(this.request)) return;
    const before = this.request;
    const isSame = this.description !== null && request.id === before.id;
    this.request = request;
    if (!isSame && (request.live || !request.id)) this.clear();
    if (!request.id) return;
    try {
      await (request.live ? this.follow(request, request.id) : this.replay(request, request.id, isSame));
    } catch (error) {
      if (request !== this.request) return;
      this.message.textContent = messageOf(error);
      this.request = before;
      if (before.live && before.id) this.follow(before, before.id);
    }
  }

  /**
   * Show a recording as soon as it is loaded; the view stays as it is until then.
   * @param {Request} request
   * @param {string} id
   * @param {boolean} isSame whether the view shows this training
   */
  async replay(request, id, isSame) {
    const recording = new Recording(await loadRecording(id));
    const description = await describe(recording.header);
    if (request !== this.request) return;
    if (!isSame) this.clear();
    this.description = description;
    this.rows = recording.header.history;
    showLoss(this.lossChart, this.rows);
    this.player.open(recording);
  }

  /**
   * Show a running training until it ends. Each request for news waits until the last answer is drawn.
   * @param {Request} request
   * @param {string} id
   */
  async follow(request, id) {
    let after = -1; // the last step that is shown
    while (request === this.request) {
      const news = await loadNews(id, after);
      if (request !== this.request) return;
      if (news) {
        if (after < 0 && news.count) {
          const description = await describe(news.header);
          if (request !== this.request) return;
          this.description = description;
        }
        this.showNews(news, after < 0);
        after = Math.max(after, ...news.rows.map(({ step }) => step));
        if (!news.header.active) return;
      }
      await (news && this.map.frame.offsetParent ? nextFrame() : delay(RETRY_MS)); // in a closed tab no frame is drawn
    }
  }

  /**
   * Show what is new of a running training.
   * @param {Recording} news
   * @param {boolean} isFirst whether the curves begin with it
   */
  showNews(news, isFirst) {
    const { history } = news.header;
    this.rows = isFirst ? history : thinOut([...this.rows, ...history]);
    if (history.length) showLoss(this.lossChart, this.rows);
    if (news.count) this.showSnapshot(news.snapshot(news.count - 1));
  }

  /** @param {Snapshot} snapshot */
  showSnapshot({ points, kl, reconstructions, samples }) {
    if (!this.description) return;
    const { shape, originals } = this.description;
    const size = shape[0] * shape[1] * shape[2];
    /** @type {(caption: string, bytes: Uint8Array) => import("../page/image_rows.js").ImageRow} */
    const row = (caption, bytes) => ({ caption, bytes, shape, count: bytes.length / size, columns: COLUMNS });
    this.map.setData({ prior: null, ...this.description, points });
    showKl(this.klChart, kl);
    this.imageRows.show([
      row(text("recording_originals"), originals),
      row(text("recording_reconstructions"), reconstructions),
      row(text("recording_samples"), samples),
    ]);
  }

  /** @param {Snapshot} snapshot */
  showReplay(snapshot) {
    this.showSnapshot(snapshot);
    this.lossChart.setCursor(snapshot.row.epoch);
  }

  async saveGif() {
    if (!this.request.id || !this.description) return;
    const { name, dataset } = this.description;
    this.message.textContent = text("recording_gif_loading");
    const response = await fetch(recordingAddress(this.request.id, "/gif")).catch(() => null);
    this.message.textContent = response?.ok ? "" : text("recording_gif_failed");
    if (response?.ok) download(await response.blob(), fileName("gif", name || dataset, "training"));
  }
}

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));
/** @param {number} milliseconds */
const delay = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * @param {string} id
 * @param {number} after
 * @returns {Promise<Recording | null>} null if the server cannot be reached, perhaps only for a moment
 */
async function loadNews(id, after) {
  try {
    return new Recording(await loadLive(id, after));
  } catch (error) {
    if (error instanceof Unreachable) return null;
    throw error;
  }
}

/**
 * Halve the older points of the curves when there are too many to draw. Points at which a phase begins stay, because a
 * line marks them.
 * @param {HistoryRow[]} rows
 * @returns {HistoryRow[]}
 */
export function thinOut(rows) {
  if (rows.length <= MAX_CURVE_POINTS) return rows;
  const newest = rows.length - MAX_CURVE_POINTS / 2;
  return rows.filter((row, i) => i % 2 === 0 || i >= newest || row.phase !== rows[i - 1].phase);
}

/**
 * @param {RecordingHeader} header
 * @returns {Promise<Description>}
 */
async function describe(header) {
  const factors = header.factorNames.length ? await loadFactors(header.dataset).catch(() => null) : null;
  const arrays = { labels: fromBase64(header.labels), originals: fromBase64(header.originals) };
  return { ...header, ...arrays, factors, factorNames: factors ? header.factorNames : [] };
}
