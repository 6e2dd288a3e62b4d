// What can be drawn of a posterior q(z | x) = N(μ, diag σ²): one z = μ + σ ⊙ ε after another, or forty at once.

import { imageSheetButtons } from "../page/image_sheet.js";
import { nameOfSelection } from "../page/image_names.js";
import { button, make, formatNumber } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { prefersReducedMotion } from "../page/motion.js";
import { paint, pictureCanvas } from "../page/picture.js";

const FORTY = 40,
  ROW = 10,
  ROWS = 4; // draws at once, and in a row of their file; dimensions in the table
const WALK = 1400,
  APPROACH = 600; // milliseconds from μ to z, and of the map's way to a small posterior
const LEAST = 40; // CSS pixels: a 2σ ellipse of a smaller radius is enlarged
const SLICE = 12; // milliseconds of decoding between two frames

export class Posterior {
  /** @param map the LatentMap; @param show (z) → void puts the handle at a code; @param decode (z) → grey values */
  constructor(map, show, decode) {
    Object.assign(this, { map, show, decode });
    this.one = button(text("sample_one"), () => this.drawOne());
    this.forty = button(text("sample_forty"), () => this.drawForty());
    this.about = make("p", "vae-hint");
    this.table = make("table", "vae-table vae-sample-table");
    this.table.ariaLabel = text("sample_table");
    this.pictures = Array.from({ length: FORTY }, () => pictureCanvas());
    this.grid = make("div", "vae-posterior-samples", ...this.pictures);
    this.grid.setAttribute("role", "img");
    this.grid.setAttribute("aria-label", text("posterior_images"));
    for (const picture of this.pictures) picture.ariaHidden = true;
    this.save = imageSheetButtons(() => this.saved());
    this.root = make(
      "div",
      "vae-posterior",
      make("div", "vae-buttons", this.one, this.forty, this.about),
      this.table,
      this.grid,
      this.save,
    );
    this.serve(null, null);
  }

  /** Serve another image, {code, std}, with its posterior's covariance on the map, or none: what was drawn of the last one goes. */
  serve(data, chosen, covariance = null) {
    this.walking = this.shown = null;
    Object.assign(this, { data, chosen, covariance, draws: [] });
    this.map.annotations.setSamples([]);
    this.table.hidden = this.grid.hidden = this.save.hidden = true;
    this.one.disabled = this.forty.disabled = !chosen?.std;
    this.about.textContent = chosen ? text(chosen.std ? "posterior_help" : "no_posterior") : "";
    this.leave();
  }

  /** The map shows the same codes in another view, where the posterior has this covariance. */
  turn(covariance) {
    this.finish();
    Object.assign(this, { covariance, before: null }); // a view has coordinates of its own
    this.map.annotations.setSamples(this.draws.map((z) => this.map.project(z)));
  }

  /** μ + σ ⊙ ε */
  at(epsilon) {
    return this.chosen.code.map((mean, i) => mean + this.chosen.std[i] * epsilon[i]);
  }

  /** Walk from μ to one draw. A second press ends the walk that is under way. */
  async drawOne() {
    this.finish();
    const epsilon = (this.walking = this.chosen.code.map(gaussian)),
      mine = () => this.walking === epsilon;
    const walk = (share) => {
      const some = epsilon.map((value) => share * value);
      this.show(this.at(some));
      this.tabulate(some);
    };
    walk(0);
    await this.approach(mine);
    await glide(WALK, walk, mine);
    if (mine()) this.finish();
  }

  /** Leave the draw that is walked to on the map; the handle stays where it is. */
  finish() {
    if (!this.walking) return;
    this.keep([this.at(this.walking)]);
    this.tabulate(this.walking);
    this.walking = null;
  }

  async drawForty() {
    this.finish();
    const draws = Array.from({ length: FORTY }, () => this.at(this.chosen.code.map(gaussian)));
    this.shown = draws;
    this.table.hidden = true;
    this.show(this.chosen.code);
    this.keep(draws);
    this.grid.hidden = this.save.hidden = false;
    await Promise.all([this.paintForty(), this.approach(() => this.shown === draws)]);
  }

  /** The forty as a file has them, in rows of ten. */
  saved() {
    const rows = Array.from({ length: FORTY / ROW }, (_, row) => this.pictures.slice(row * ROW, (row + 1) * ROW));
    return {
      rows,
      title: `${this.data.name}: ${text("posterior_images")}`,
      notes: [nameOfSelection(this.chosen, this.data.classes)],
    };
  }

  /** Decode the forty, a few in each frame: a large decoder would hold up the page. */
  async paintForty() {
    const draws = this.shown;
    if (!draws) return;
    let started = performance.now();
    for (const [i, z] of draws.entries()) {
      paint(this.pictures[i], this.decode(z), this.data.shape);
      if (performance.now() - started < SLICE) continue;
      await new Promise(requestAnimationFrame);
      if (this.shown !== draws) return;
      started = performance.now();
    }
  }

  keep(draws) {
    this.draws.push(...draws);
    this.map.annotations.setSamples(this.draws.map((z) => this.map.project(z)));
  }

  /** The numbers of the first dimensions: μ, σ, ε and z. */
  tabulate(epsilon) {
    const { code, std } = this.chosen,
      z = this.at(epsilon),
      count = Math.min(ROWS, code.length);
    const cells = (tag, texts) => texts.map((text) => make(tag, "", text));
    const digits = Math.min(6, Math.max(3, 1 - Math.floor(Math.log10(Math.min(...std.slice(0, count))))));
    const rows = Array.from({ length: count }, (_, i) => {
      const values = [code, std, epsilon, z].map((of) => formatNumber(of[i], digits));
      return make("tr", "", ...cells("th", [`z${"₁₂₃₄"[i]}`]), ...cells("td", values));
    });
    if (code.length > count) rows.push(make("tr", "", ...cells("td", ["…", "", "", "", ""])));
    this.table.replaceChildren(
      make("thead", "", make("tr", "", ...cells("th", ["", "μ", "σ", "ε", "μ + σε"]))),
      make("tbody", "", ...rows),
    );
    this.table.hidden = false;
  }

  // ── the map's view ────────────────────────────────────────────────────────────────────────────────────────────

  /** Enlarge the map around a posterior that is too small on it to be seen, or out of its sight. */
  async approach(going) {
    if (!this.covariance) return; // a view without a measure, such as UMAP's
    const { map } = this,
      [x, y] = map.project(this.chosen.code),
      [a, b, c] = this.covariance;
    const reach = 2 * Math.sqrt((a + c) / 2 + Math.hypot((a - c) / 2, b)),
      from = map.viewport.view;
    if (reach * from.scale >= LEAST && map.viewport.contains(x, y)) return;
    if (!this.enlarged) this.before = { view: from, adjusted: map.viewport.adjusted };
    this.about.textContent = `${text("posterior_help")} ${text("enlarged")}`;
    const scale = Math.min(map.viewport.width, map.viewport.height) / 6 / reach,
      [dx, dy] = [(x - from.x) * from.scale, (y - from.y) * from.scale];
    await glide(
      APPROACH,
      (share) => {
        const now = from.scale * (scale / from.scale) ** share;
        map.viewport.setView({ x: x - ((1 - share) * dx) / now, y: y - ((1 - share) * dy) / now, scale: now });
      },
      going,
    );
  }

  /** Give back the view from before the map was enlarged, unless the newly chosen image is in sight or the visitor has zoomed out. */
  leave() {
    const { map, before } = this;
    if (this.enlarged && this.chosen && map.viewport.contains(...map.project(this.chosen.code))) return;
    if (this.enlarged) map.viewport.setView(before.view, before.adjusted);
    this.before = null;
  }

  get enlarged() {
    return this.before && this.map.viewport.scale > 2 * this.before.view.scale;
  }
}

/** A draw from N(0, 1), by Box and Muller (1958). */
const gaussian = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

/** Call `step` with shares from 0 to 1 for so many milliseconds, as long as `going` () says so; with 1 at once where motion is unwanted. */
async function glide(duration, step, going) {
  const started = performance.now(),
    still = prefersReducedMotion();
  for (let time = still ? 1 : 0; going(); time = Math.min(1, (performance.now() - started) / duration)) {
    step(time * time * (3 - 2 * time));
    if (time === 1) return;
    await new Promise(requestAnimationFrame);
  }
}
