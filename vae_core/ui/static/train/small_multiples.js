// Small multiples: the maps of a sweep's runs, side by side as they form, with one legend and one scale for all.

import { halvesToFloats } from "../decoder/safetensors.js";
import { LatentMap } from "../map/latent_map.js";
import { make } from "../page/dom.js";
import { loadFactors } from "../page/api.js";
import { fromBase64 } from "../page/picture.js";
import { savingButtons } from "../map/toolbar.js";

const ROOM = 0.85,
  LIKE = 20; // the share of its map that the largest cloud fills; how many times the usual one it may be to count as it

export function mount({ element, props, watch }) {
  const family = new SmallMultiples(element.querySelector(".vae-small-multiples"));
  const draw = async () => {
    const frames = props.frames ?? [];
    const factors = frames[0]?.factorNames.length ? await loadFactors(frames[0].dataset).catch(() => null) : null;
    if (frames === (props.frames ?? frames)) family.show(frames, factors); // else newer ones have come
  };
  watch("frames", draw);
  draw();
}

export class SmallMultiples {
  constructor(root) {
    Object.assign(this, { root, blocks: [], scale: 0, usual: 0 });
  }

  get maps() {
    return this.blocks.map(({ map }) => map);
  }

  show(frames, factors) {
    while (this.blocks.length > frames.length) this.remove(this.blocks.pop());
    while (this.blocks.length < frames.length) this.add();
    frames.forEach((frame, i) => {
      const { caption, map } = this.blocks[i];
      caption.textContent = frame.title;
      map.setData({ ...unpack(frame), name: frame.title, factors, factorNames: factors ? frame.factorNames : [] });
    });
    if (frames.length) this.follow(this.maps[0].legend);
  }

  add() {
    const caption = make("figcaption"),
      head = make("div", "vae-panel-head", caption),
      node = make("figure", "vae-small-multiple", head);
    const map = new LatentMap(node, { adjustFit: (fitted) => this.adjustFit(block, fitted) });
    const block = { node, caption, map, fittedScale: 0 };
    head.append(savingButtons(map));
    this.blocks.push(block);
    this.root.append(node);
    if (this.blocks.length === 1) this.lead(map.legend);
  }

  /** The first map's legend is that of all; what is saved is chosen at each map. */
  lead(legend) {
    legend.root.lastChild.remove();
    this.root.prepend(legend.root);
    legend.addEventListener("change", () => this.follow(legend));
  }

  follow(legend) {
    for (const map of this.maps) {
      map.legend.copySettings(legend);
      map.draw();
    }
  }

  remove({ node, map }) {
    node.remove();
    map.legend.root.remove();
    map.destroy();
    if (!this.blocks.length) this.scale = 0;
  }

  /** The middle of a map stays as long as the cloud is near it, or it would tremble with each frame; the scale is the one for all. */
  adjustFit(block, fitted) {
    const { viewport } = block.map,
      moved = Math.hypot(viewport.x - fitted.x, viewport.y - fitted.y) * this.scale;
    const { x, y } = block.fittedScale && moved < 0.12 * viewport.width ? viewport : fitted;
    block.fittedScale = fitted.scale;
    this.settle(block);
    return { x, y, scale: this.scaleOf(block) };
  }

  /**
   * Find one scale for all, at which the largest cloud fills its map: side by side a small one is seen to be small. The others follow
   * `fitted`, whose map takes it by itself.
   */
  settle(fitted) {
    const free = this.blocks.filter((one) => one.fittedScale && (one === fitted || !one.map.viewport.adjusted)),
      sizes = free.map(({ fittedScale }) => fittedScale).sort((a, b) => a - b);
    this.usual = sizes[Math.floor(sizes.length / 2)];
    const least = sizes.find((size) => size * LIKE > this.usual);
    if (least < this.scale || least > 1.6 * this.scale) this.scale = ROOM * least; // small changes would tremble
    for (const block of free) {
      const { viewport } = block.map;
      if (block !== fitted) viewport.setView({ ...viewport.view, scale: this.scaleOf(block) }, false);
    }
  }

  /** The scale of a map: the one for all, or its own if its cloud has exploded. */
  scaleOf({ fittedScale }) {
    return fittedScale * LIKE > this.usual ? this.scale : fittedScale;
  }
}

/** A frame's points and labels arrive as base64: float16 pairs and bytes. */
function unpack(frame) {
  const halves = fromBase64(frame.points);
  return { ...frame, points: halvesToFloats(new Uint16Array(halves.buffer)), labels: fromBase64(frame.labels) };
}
