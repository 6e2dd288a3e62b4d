// Which view of a code of many dimensions is on the map: the control above it, and the panels that belong to it.

import { make } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { loadCodes, loadUpperLevel, loadUmap, umapState } from "../page/api.js";
import { Sliders, ranked } from "./sliders.js";
import { Traversals } from "./traversals.js";
import { LevelView, PlaneView, SliceView, UmapView, nameOf } from "./views.js";

const AGAIN = 500; // milliseconds between two questions how far UMAP is

export class Viewing {
  /** @param explorer whose map this is; it is told by look(view), setCode(code) and say(sentence) */
  constructor(explorer) {
    this.explorer = explorer;
    this.kind = choice(text("view"), text("view_help"), (kind) => this.choose(kind));
    this.axes = ["slice_across", "slice_up"].map((name) => choice(text(name), text("slice_help"), () => this.slice()));
    this.begin = make("button", "vae-action", text("umap_start"));
    this.begin.type = "button";
    this.begin.addEventListener("click", () => this.umap(true));
    this.progress = make("div", "vae-progress", make("div"));
    this.progress.setAttribute("role", "progressbar");
    this.progress.ariaLabel = text("progress");
    this.status = make("p", "vae-hint");
    this.status.setAttribute("role", "status");
    this.waiting = make("div", "vae-view-status", this.status, this.begin, this.progress);
    this.root = make("div", "vae-view-switch", this.kind.root, ...this.axes.map((axis) => axis.root), this.waiting);
    this.sliders = new Sliders((d, value) => this.slide(d, value));
    this.traversals = new Traversals(
      () => this.traverse(),
      (code) => this.explorer.setCode(code),
    );
    this.root.hidden = this.traversals.root.hidden = true;
    this.show("plane");
  }

  /** Another run: its plane, which every run has at once. Returns that view. */
  open(run, data) {
    Object.assign(this, { run, data, known: null });
    const many = data.latentDim > 2,
      kinds = [many ? "plane" : "lower", ...(many ? ["slice", "umap"] : []), ...(data.levels > 1 ? ["level"] : [])];
    this.kind.select.replaceChildren(
      ...kinds.map((name) => new Option(text(`view_${name}`), name === "lower" ? "plane" : name)),
    );
    this.root.hidden = kinds.length < 2;
    this.traversals.root.hidden = !many;
    this.show("plane");
    this.sliders.clear();
    this.traversals.clear();
    if (this.traversals.open) this.traverse();
    return new PlaneView(data);
  }

  /** Show the controls of a view. */
  show(kind) {
    this.kind.select.value = kind;
    for (const axis of this.axes) axis.root.hidden = kind !== "slice";
    this.waiting.hidden = true;
    if (kind !== "slice") this.sliders.hide();
  }

  /** The visitor chooses a view. What was shown stays until the new one is there, or if it cannot be had. */
  async choose(kind) {
    this.explorer.say("");
    this.show(kind);
    if (kind === "plane") this.explorer.look(new PlaneView(this.data));
    else if ((await this.load()) && kind === this.kind.select.value) {
      await { slice: () => this.slice(), umap: () => this.umap(false), level: () => this.level() }[kind]();
    }
  }

  /** The codes of all images; null if they cannot be had, or if another run is shown by now. */
  async load() {
    const { run } = this;
    try {
      const known = await loadCodes(run);
      if (run !== this.run) return null;
      if (this.known !== known) this.offer(known);
      return known;
    } catch (error) {
      if (run === this.run) this.refuse(error);
      return null;
    }
  }

  offer(known) {
    this.known = known;
    const order = ranked(known);
    this.axes.forEach(({ select }, axis) => {
      select.replaceChildren(...order.map((d) => new Option(nameOf(d), d)));
      select.value = order[axis];
    });
  }

  refuse(error) {
    const { kind } = this.explorer.view;
    this.explorer.say(error.message);
    this.show(kind);
    if (kind === "slice") this.sliders.root.hidden = false;
  }

  /** A slice through the two dimensions that are chosen; the same one twice means the other way round. */
  slice() {
    const shown = this.axes.map(({ select }) => Number(select.value)),
      before = this.explorer.view.shown;
    if (shown[0] === shown[1]) {
      const changed = before && shown[0] !== before[0] ? 0 : 1;
      shown[1 - changed] = before ? before[changed] : ranked(this.known).find((d) => d !== shown[0]);
      this.axes.forEach(({ select }, axis) => {
        select.value = shown[axis];
      });
    }
    this.explorer.look(new SliceView(this.known, shown, text(this.data.standardPrior ? "unit_prior" : "unit_code")));
    this.sliders.show(this.known, shown, this.explorer.map.through);
  }

  async level() {
    const { run } = this;
    try {
      const level = await loadUpperLevel(run);
      if (run === this.run && this.kind.select.value === "level") this.explorer.look(new LevelView(this.known, level));
    } catch (error) {
      if (run === this.run) this.refuse(error);
    }
  }

  slide(d, value) {
    const code = [...this.explorer.code()];
    code[d] = value;
    this.explorer.setCode(code);
  }

  /** Follow UMAP of this run from wherever it is, begun by whomever, until it is on the map. */
  async umap(begin) {
    const { run } = this,
      wanted = () => run === this.run && this.kind.select.value === "umap";
    const turn = (this.turn = {}); // of two that follow, the newer goes on
    this.begin.disabled = begin;
    try {
      for (let state = await umapState(run, begin); wanted() && turn === this.turn; state = await umapState(run)) {
        this.tell(state);
        if (state.state === "places" || state.state === "ready") await this.place(run, state.state === "ready", wanted);
        if (["none", "failed", "ready"].includes(state.state)) return;
        await new Promise((resolve) => setTimeout(resolve, AGAIN));
      }
    } catch (error) {
      if (wanted()) this.refuse(error);
    }
  }

  tell({ state, stage, share, message }) {
    const percent = Math.round(100 * share);
    this.waiting.hidden = state === "ready";
    const focused = this.begin === document.activeElement;
    this.begin.hidden = state !== "none" && state !== "failed";
    if (focused && this.begin.hidden) this.kind.select.focus(); // else the focus is lost with the button
    this.begin.disabled = false;
    this.progress.hidden = !this.begin.hidden;
    this.progress.firstChild.style.width = `${percent}%`;
    this.progress.setAttribute("aria-valuenow", percent);
    const { count, dims } = this.known,
      parts = { count: count.toLocaleString("en"), dims };
    this.status.textContent = state === "failed" ? message : text(`umap_${state === "none" ? "none" : stage}`, parts);
  }

  /** Put UMAP's places on the map, and its inverse under the handle as soon as there is one. */
  async place(run, complete, wanted) {
    const { view } = this.explorer,
      there = view instanceof UmapView && view.known === this.known;
    if (there && (view.grid || !complete)) return;
    const umap = await loadUmap(run);
    if (!wanted()) return;
    if (!there) return this.explorer.look(new UmapView(this.known, umap));
    view.take(umap.grid);
    this.explorer.describe();
    this.explorer.decode();
    this.explorer.map.decodedGrid.invalidate();
  }

  /** Another image or class has been chosen. */
  follow() {
    if (this.traversals.open) this.traverse();
  }

  async traverse() {
    const known = await this.load(),
      { chosen, decoder, map } = this.explorer;
    if (known) this.traversals.show(known, decoder, chosen?.code ?? map.through, map.label);
  }
}

/** A select with its label and a sentence of help. */
function choice(name, help, onChange) {
  const select = make("select", "vae-select"),
    root = make("label", "vae-option", name, select);
  root.title = help;
  select.addEventListener("change", () => onChange(select.value));
  return { root, select };
}
