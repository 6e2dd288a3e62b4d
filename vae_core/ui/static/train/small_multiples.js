// Small multiples: the maps of a sweep's models side by side during their training, with one legend and one scale for
// all.

import { halvesToFloats } from "../decoder/safetensors.js";
import { LatentMap } from "../map/latent_map.js";
import { savingButtons } from "../map/toolbar.js";
import { loadFactors } from "../page/api.js";
import { make, requireElement } from "../page/dom.js";
import { fromBase64 } from "../page/picture.js";

/** @import { Legend } from "../map/legend.js" */
/** @import { MapData } from "../map/map_data.js" */
/** @import { View } from "../map/viewport.js" */
/** @import { Component } from "../page/dom.js" */

/**
 * A model's map as the server sends it: points are base64 of float16 x, y, x, y, …, labels base64 of bytes.
 * @typedef {Omit<MapData, "points" | "labels" | "factors" | "factorNames">
 *   & {title: string, points: string, labels: string, factorNames: string[]}} Frame
 */
/**
 * A map, and the scale at which its cloud fills it (0 before there is one).
 * @typedef {{root: HTMLElement, caption: HTMLElement, map: LatentMap, fittedScale: number}} Block
 */

const FILL_SHARE = 0.85; // of its map, for the largest cloud
const OUTLIER_RATIO = 20; // a cloud this many times as large as the median has exploded and does not set the scale
const MAX_GROWTH = 1.6; // the scale stays until it could be so many times as large
const MAX_SHIFT = 0.12; // a map's middle stays while the cloud moves less than this share of the map's width

/**
 * Show the prop `frames`, a list of Frame.
 * @param {Component} component
 */
export function mount({ element, props, watch }) {
  const multiples = new SmallMultiples(requireElement(element, ".vae-small-multiples"));
  const show = async () => {
    /** @type {Frame[]} */
    const frames = props.frames ?? [];
    const factors = frames[0]?.factorNames.length ? await loadFactors(frames[0].dataset).catch(() => null) : null;
    if (frames === (props.frames ?? frames)) multiples.show(frames, factors); // otherwise newer frames have arrived
  };
  watch("frames", show);
  show();
}

export class SmallMultiples {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @type {Block[]} */
    this.blocks = [];
    this.scale = 0; // for all maps, pixels per unit; 0 before there is one
    this.median = 0; // of the blocks' fitted scales
  }

  get maps() {
    return this.blocks.map(({ map }) => map);
  }

  /**
   * Show a map for each frame.
   * @param {Frame[]} frames
   * @param {Float32Array | null} factors of the images of all frames
   */
  show(frames, factors) {
    while (this.blocks.length > frames.length) this.removeLast();
    while (this.blocks.length < frames.length) this.add();
    frames.forEach((frame, i) => {
      const { caption, map } = this.blocks[i];
      caption.textContent = frame.title;
      map.setData(mapData(frame, factors));
    });
    if (frames.length) this.followLegend(this.maps[0].legend);
  }

  add() {
    const caption = make("figcaption");
    const head = make("div", "vae-panel-head", caption);
    const root = make("figure", "vae-small-multiple", head);
    const map = new LatentMap(root, { adjustFit: (fitted) => this.adjustFit(block, fitted) });
    /** @type {Block} */
    const block = { root, caption, map, fittedScale: 0 };
    head.append(savingButtons(map));
    this.blocks.push(block);
    this.root.append(root);
    if (this.blocks.length === 1) this.shareLegend(map.legend);
  }

  /**
   * Let the first map's legend control all maps. Its buttons that save are removed: each map has its own.
   * @param {Legend} legend
   */
  shareLegend(legend) {
    legend.root.lastElementChild?.remove();
    this.root.prepend(legend.root);
    legend.addEventListener("change", () => this.followLegend(legend));
  }

  /** @param {Legend} legend */
  followLegend(legend) {
    for (const map of this.maps) {
      map.legend.copySettings(legend);
      map.draw();
    }
  }

  removeLast() {
    const block = this.blocks.pop();
    if (!block) return;
    block.root.remove();
    block.map.legend.root.remove();
    block.map.destroy();
    if (!this.blocks.length) this.scale = 0;
  }

  /**
   * Return the view of a map in place of the one that fits its points: the middle stays while the cloud is near it,
   * because a middle that moves with each frame would tremble, and the scale is the one for all.
   * @param {Block} block
   * @param {View} fitted
   * @returns {View}
   */
  adjustFit(block, fitted) {
    const { viewport } = block.map;
    const shift = Math.hypot(viewport.x - fitted.x, viewport.y - fitted.y) * this.scale;
    const isNear = block.fittedScale && shift < MAX_SHIFT * viewport.width;
    const { x, y } = isNear ? viewport : fitted;
    block.fittedScale = fitted.scale;
    this.updateScale(block);
    return { x, y, scale: this.scaleOf(block) };
  }

  /**
   * Find one scale for all maps, at which the largest cloud fills its map, so that side by side a small cloud looks
   * small. Small changes leave the scale as it is.
   * @param {Block} fitted the block whose map takes the scale by itself
   */
  updateScale(fitted) {
    const free = this.blocks.filter((block) => block.fittedScale && (block === fitted || !block.map.viewport.adjusted));
    const scales = free.map(({ fittedScale }) => fittedScale).sort((a, b) => a - b);
    this.median = scales[Math.floor(scales.length / 2)];
    const smallest = scales.find((scale) => scale * OUTLIER_RATIO > this.median) ?? this.median;
    if (smallest < this.scale || smallest > MAX_GROWTH * this.scale) this.scale = FILL_SHARE * smallest;
    for (const block of free) {
      const { viewport } = block.map;
      if (block !== fitted) viewport.setView({ ...viewport.view, scale: this.scaleOf(block) }, false);
    }
  }

  /**
   * @param {Block} block
   * @returns {number} the scale for all, or a cloud's own if it has exploded
   */
  scaleOf({ fittedScale }) {
    return fittedScale * OUTLIER_RATIO > this.median ? this.scale : fittedScale;
  }
}

/**
 * @param {Frame} frame
 * @param {Float32Array | null} factors
 * @returns {MapData}
 */
function mapData(frame, factors) {
  const halves = new Uint16Array(fromBase64(frame.points).buffer);
  return {
    ...frame,
    name: frame.title,
    points: halvesToFloats(halves),
    labels: fromBase64(frame.labels),
    factors,
    factorNames: factors ? frame.factorNames : [],
  };
}
