// The view of a code of many dimensions: the control above the map, and the panels that depend on it.

import { loadCodes, loadUmap, loadUpperLevel, umapState } from "../page/api.js";
import { make, messageOf } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { dimensionName, rankedDimensions } from "./dimensions.js";
import { LevelView, UmapView } from "./placed_views.js";
import { DimensionSliders } from "./sliders.js";
import { Traversals } from "./traversals.js";
import { UmapStatus } from "./umap_status.js";
import { PlaneView, SliceView } from "./views.js";

/** @typedef {import("../page/api.js").RunCodes} RunCodes */
/** @typedef {import("../page/api.js").RunMap} RunMap */
/** @typedef {import("./explore.js").Explorer} Explorer */

const POLL_MS = 500; // between two requests for the state of UMAP
const FINAL_STATES = ["none", "failed", "ready"];

/** Chooses between the views of the codes, and loads what each needs. */
export class ViewSwitch {
  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.explorer = explorer;
    /** @type {RunMap | null} */
    this.data = null;
    /** @type {RunCodes | null} */
    this.runCodes = null;
    /** @type {object | null} */
    this.poll = null; // the newest loop that asks for the state of UMAP
    this.kind = labelledSelect(text("view"), text("view_help"), (kind) => this.choose(kind));
    this.axes = ["slice_across", "slice_up"].map((name) =>
      labelledSelect(text(name), text("slice_help"), () => this.runCodes && this.showSlice(this.runCodes)),
    );
    this.umapStatus = new UmapStatus(() => this.runCodes && this.followUmap(this.runCodes, true));
    const axes = this.axes.map(({ root }) => root);
    this.root = make("div", "vae-view-switch", this.kind.root, ...axes, this.umapStatus.root);
    this.sliders = new DimensionSliders((d, value) => this.setDimension(d, value));
    this.traversals = new Traversals(
      () => this.updateTraversals(),
      (code) => explorer.setCode(code),
    );
    this.root.hidden = true;
    this.showControls("plane");
  }

  /**
   * Offer the views of another run.
   * @param {RunMap} data
   * @returns {PlaneView} the view that every run has at once
   */
  open(data) {
    const hasManyDimensions = data.latentDim > 2;
    const options = [new Option(text(hasManyDimensions ? "view_plane" : "view_lower"), "plane")];
    if (hasManyDimensions) options.push(...["slice", "umap"].map((kind) => new Option(text(`view_${kind}`), kind)));
    if (data.levels > 1) options.push(new Option(text("view_level"), "level"));
    this.data = data;
    this.runCodes = null;
    this.kind.select.replaceChildren(...options);
    this.root.hidden = options.length < 2;
    this.traversals.root.hidden = !hasManyDimensions;
    this.showControls("plane");
    this.sliders.clear();
    this.traversals.clear();
    this.selectionChanged();
    return new PlaneView(data);
  }

  /**
   * Show the controls of a kind of view.
   * @param {string} kind
   */
  showControls(kind) {
    this.kind.select.value = kind;
    for (const axis of this.axes) axis.root.hidden = kind !== "slice";
    this.umapStatus.hide();
    if (kind !== "slice") this.sliders.hide();
  }

  /**
   * Show the view that the visitor has chosen; the last one stays until it is there, or if it fails.
   * @param {string} kind
   */
  async choose(kind) {
    const { data, explorer } = this;
    if (!data) return;
    explorer.say("");
    this.showControls(kind);
    if (kind === "plane") return explorer.showView(new PlaneView(data));
    const runCodes = await this.load();
    if (!runCodes || !this.isWanted(data, kind)) return;
    if (kind === "slice") this.showSlice(runCodes);
    else if (kind === "umap") await this.followUmap(runCodes, false);
    else await this.showLevel(runCodes);
  }

  /**
   * Whether a run and a kind of view are still the chosen ones.
   * @param {RunMap} data
   * @param {string} kind
   */
  isWanted(data, kind) {
    return data === this.data && kind === this.kind.select.value;
  }

  /**
   * Load the codes of all images.
   * @returns {Promise<RunCodes | null>} null if that failed, or if another run is shown by now
   */
  async load() {
    const { data } = this;
    if (!data) return null;
    try {
      const runCodes = await loadCodes(data.run);
      if (data !== this.data) return null;
      if (this.runCodes !== runCodes) this.offerDimensions(runCodes);
      return runCodes;
    } catch (error) {
      if (data === this.data) this.fail(error);
      return null;
    }
  }

  /** @param {RunCodes} runCodes */
  offerDimensions(runCodes) {
    this.runCodes = runCodes;
    const dimensions = rankedDimensions(runCodes);
    this.axes.forEach(({ select }, axis) => {
      select.replaceChildren(...dimensions.map((d) => new Option(dimensionName(d), String(d))));
      select.value = String(dimensions[axis]);
    });
  }

  /**
   * Report that a view could not be loaded, and show the controls of the current one again.
   * @param {unknown} error
   */
  fail(error) {
    const { explorer } = this;
    explorer.say(messageOf(error));
    this.showControls(explorer.view?.kind ?? "plane");
    if (explorer.view?.kind === "slice") this.sliders.unhide();
  }

  /**
   * Show a slice along the two chosen dimensions; choosing the same twice swaps them.
   * @param {RunCodes} runCodes
   */
  showSlice(runCodes) {
    const { explorer } = this;
    const chosen = this.axes.map(({ select }) => Number(select.value));
    const before = explorer.view instanceof SliceView ? explorer.view.dimensions : null;
    if (chosen[0] === chosen[1]) {
      const changed = before && chosen[0] !== before[0] ? 0 : 1;
      const other = rankedDimensions(runCodes).find((d) => d !== chosen[0]) ?? 0;
      chosen[1 - changed] = before ? before[changed] : other;
      this.axes.forEach(({ select }, axis) => {
        select.value = String(chosen[axis]);
      });
    }
    const unit = text(this.data?.standardPrior ? "unit_prior" : "unit_code");
    explorer.showView(new SliceView(runCodes, chosen, unit));
    this.sliders.show(runCodes, chosen, explorer.map.through);
  }

  /** @param {RunCodes} runCodes */
  async showLevel(runCodes) {
    const { data, explorer } = this;
    if (!data) return;
    try {
      const level = await loadUpperLevel(data.run);
      if (this.isWanted(data, "level")) explorer.showView(new LevelView(runCodes, level));
    } catch (error) {
      if (data === this.data) this.fail(error);
    }
  }

  /**
   * @param {number} d
   * @param {number} value
   */
  setDimension(d, value) {
    const code = [...this.explorer.code()];
    code[d] = value;
    this.explorer.setCode(code);
  }

  /**
   * Poll UMAP until it is on the map; another visitor may have started it.
   * @param {RunCodes} runCodes
   * @param {boolean} start whether to start it
   */
  async followUmap(runCodes, start) {
    const { data } = this;
    if (!data) return;
    const poll = (this.poll = {}); // only the newest of several loops goes on
    const isCurrent = () => poll === this.poll && this.isWanted(data, "umap");
    this.umapStatus.setEnabled(!start);
    try {
      for (let state = await umapState(data.run, start); isCurrent(); state = await umapState(data.run)) {
        if (this.umapStatus.show(state, runCodes)) this.kind.select.focus();
        if (state.state === "embedded" || state.state === "ready")
          await this.showUmap(data, runCodes, state.state === "ready");
        if (FINAL_STATES.includes(state.state)) return;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    } catch (error) {
      if (this.isWanted(data, "umap")) this.fail(error);
    }
  }

  /**
   * Show the places of UMAP, and decode through its inverse as soon as it is there.
   * @param {RunMap} data
   * @param {RunCodes} runCodes
   * @param {boolean} isComplete whether the inverse is there
   */
  async showUmap(data, runCodes, isComplete) {
    const { explorer } = this;
    const { view } = explorer;
    const shown = view instanceof UmapView && view.runCodes === runCodes ? view : null;
    if (shown && (shown.grid || !isComplete)) return;
    const umap = await loadUmap(data.run);
    if (!this.isWanted(data, "umap")) return;
    if (!shown) return explorer.showView(new UmapView(runCodes, umap));
    shown.setGrid(umap.grid);
    explorer.viewChanged();
  }

  /** Follow another selected image or class. */
  selectionChanged() {
    if (this.traversals.isOpen) this.updateTraversals();
  }

  async updateTraversals() {
    const runCodes = await this.load();
    const { decoder, map, selected } = this.explorer;
    if (runCodes && decoder) this.traversals.show(runCodes, decoder, selected?.code ?? map.through, map.label);
  }
}

/**
 * A select with its label and its help.
 * @param {string} label
 * @param {string} help
 * @param {(value: string) => void} onChange
 */
function labelledSelect(label, help, onChange) {
  const select = make("select", "vae-select");
  const root = make("label", "vae-option", label, select);
  root.title = help;
  select.addEventListener("change", () => onChange(select.value));
  return { root, select };
}
