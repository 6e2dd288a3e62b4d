// A training as it goes on, and its film afterwards: the map, the curves, the KL of each dimension, reconstructions and samples.

import { klChart, lossChart, showKl, showLoss } from "./curves.js";
import { fileName, download, saveButton } from "../page/image_sheet.js";
import { Recording } from "./recording.js";
import { LatentMap } from "../map/latent_map.js";
import { make } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { Player } from "./player.js";
import { Unreachable, recordingAddress, loadFactors, loadRecording, loadLive } from "../page/api.js";
import { fromBase64 } from "../page/picture.js";
import { ImageRows } from "../page/image_rows.js";

const COLUMNS = 8,
  AGAIN = 1000; // pictures in a row; milliseconds until an interrupted question is asked again
const MOST_ROWS = 800; // points of a curve; the server keeps half as many
const ROOM = 0.85; // share of the map that a cloud may fill when the view follows it

export function mount({ element, props, trigger, watch }) {
  const view = new TrainingView(element.querySelector(".vae-training-view"));
  const open = () => view.open(props.recording);
  watch("recording", open);
  open();
  trigger("mounted"); // what was to be shown before the tab was first opened is lost
}

/**
 * Keep the view as long as the cloud fills it well: a view that follows each step would tremble.
 * @type {NonNullable<import("../map/map_data.js").MapOptions["adjustFit"]>}
 */
function steadyView(fitted, previous, { viewport }) {
  if (previous) {
    const growth = fitted.scale / previous.scale;
    const moved = Math.hypot(fitted.x - previous.x, fitted.y - previous.y) * fitted.scale;
    if (growth > 0.98 && growth < 1.6 && moved < 0.12 * viewport.width) return previous;
  }
  return { ...fitted, scale: fitted.scale * ROOM };
}

class TrainingView {
  constructor(root) {
    const place = Object.assign(make("div", "vae-map-container"), { id: "train-map" });
    this.map = new LatentMap(place, { adjustFit: steadyView });
    [this.curves, this.bars] = [lossChart(), klChart()];
    this.curves.root.id = "train-curves";
    this.bars.root.id = "train-bars";
    this.pictures = Object.assign(make("div", "vae-image-rows"), { id: "train-pictures" });
    this.imageRows = new ImageRows(this.pictures);
    this.player = new Player(
      (i) => this.showStill(this.player.film.still(i), true),
      saveButton("GIF", text("recording_gif"), () => this.saveGif()),
    );
    this.message = make("p", "vae-message");
    this.message.setAttribute("role", "alert");
    root.replaceChildren(
      make("div", "vae-training-view-main", place, this.player.root, this.message),
      make("div", "vae-training-view-side", this.curves.root, this.bars.root, this.pictures),
    );
    this.clear();
  }

  clear() {
    this.rows = [];
    this.map.clear();
    this.player.open(null);
    this.message.textContent = "";
    showLoss(this.curves, []);
    this.curves.setCursor(null);
    showKl(this.bars, []);
    this.imageRows.show([]);
  }

  /** Show {id, live}: a job that goes on, or the film of one; without an id nothing. */
  async open(shown) {
    if (!shown || JSON.stringify(shown) === JSON.stringify(this.shown)) return;
    const before = this.shown,
      same = this.about && shown.id === before?.id;
    this.shown = shown;
    if (!same && (shown.live || !shown.id)) this.clear();
    if (!shown.id) return;
    try {
      await (shown.live ? this.follow(shown) : this.replay(shown, same));
    } catch (error) {
      if (shown !== this.shown) return;
      this.message.textContent = error.message;
      this.shown = before;
      if (before?.live) this.follow(before); // it goes on
    }
  }

  /** Show a film when it is here; what was shown stays until then. */
  async replay(shown, same) {
    const film = new Recording(await loadRecording(shown.id)),
      about = await described(film.header);
    if (shown !== this.shown) return;
    if (!same) this.clear();
    this.about = about;
    this.rows = film.header.history;
    showLoss(this.curves, this.rows);
    this.player.open(film);
  }

  /** Ask for what is newer than what has been seen; the next question waits until this answer is drawn. */
  async follow(shown) {
    for (let after = -1; shown === this.shown;) {
      const film = await loadLive(shown.id, after).then(
        (buffer) => new Recording(buffer),
        (error) => error,
      );
      if (shown !== this.shown) return;
      if (film instanceof Unreachable)
        await new Promise((done) => setTimeout(done, AGAIN)); // no network, or the server is busy: ask again
      else if (film instanceof Error) throw film;
      else {
        if (after < 0 && film.count) {
          const about = await described(film.header);
          if (shown !== this.shown) return;
          this.about = about;
        }
        this.rows = after < 0 ? film.header.history : thinOut([...this.rows, ...film.header.history]);
        if (film.header.history.length) showLoss(this.curves, this.rows);
        if (film.count) this.showStill(film.still(film.count - 1));
        after = Math.max(after, ...film.rows.map((row) => row.step)); // −1 until there is a still
        if (!film.header.active) return;
        await new Promise(this.map.frame.offsetParent ? requestAnimationFrame : (done) => setTimeout(done, AGAIN));
      }
    }
  }

  showStill(still, cursor = false) {
    const { shape, originals } = this.about,
      pixels = shape[0] * shape[1] * shape[2];
    const row = (caption, bytes) => ({ caption, bytes, shape, count: bytes.length / pixels, columns: COLUMNS });
    this.map.setData({ ...this.about, points: still.points });
    showKl(this.bars, still.kl);
    this.imageRows.show([
      row(text("recording_originals"), originals),
      row(text("recording_reconstructions"), still.reconstructions),
      row(text("recording_samples"), still.samples),
    ]);
    if (cursor) this.curves.setCursor(still.row.epoch);
  }

  async saveGif() {
    this.message.textContent = text("recording_gif_loading");
    const answer = await fetch(recordingAddress(this.shown.id, "/gif")).catch(() => null);
    this.message.textContent = answer?.ok ? "" : text("recording_gif_failed");
    if (answer?.ok) download(await answer.blob(), fileName("gif", this.about.name || this.about.dataset, "training"));
  }
}

/** Half of the older rows when they have become too many to draw; where a phase begins is drawn as a line and stays. */
export function thinOut(rows) {
  const newest = rows.length - MOST_ROWS / 2;
  return rows.length <= MOST_ROWS
    ? rows
    : rows.filter((row, i) => i % 2 === 0 || i >= newest || row.phase !== rows[i - 1].phase);
}

/** Images, classes and factors, which stay the same through a training. */
async function described(header) {
  const factors = header.factorNames.length ? await loadFactors(header.dataset).catch(() => null) : null;
  const bytes = { labels: fromBase64(header.labels), originals: fromBase64(header.originals) };
  return { ...header, ...bytes, factors, factorNames: factors ? header.factorNames : [] };
}
