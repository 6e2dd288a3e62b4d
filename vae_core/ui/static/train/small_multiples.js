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

/** A map at its family's scale. Its middle stays as long as the cloud is near it, or it would tremble with each frame. */
class SmallMap extends LatentMap {
  constructor(host, family) {
    super(host);
    this.family = family;
  }

  fit() {
    const { x, y } = this.view;
    super.fit();
    if (!this.data || !this.width) return;
    if (this.own && Math.hypot(x - this.view.x, y - this.view.y) * this.family.scale < 0.12 * this.width)
      Object.assign(this.view, { x, y });
    this.own = this.view.scale;
    this.family.settle();
  }
}

export class SmallMultiples {
  constructor(root) {
    Object.assign(this, { root, blocks: [], scale: 0 });
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
    const first = !this.blocks.length,
      map = new SmallMap(node, this);
    head.append(savingButtons(map));
    this.blocks.push({ node, caption, map });
    this.root.append(node);
    if (first) this.lead(map.legend);
  }

  /** The first map's legend is that of all; what is saved is chosen at each map. */
  lead(legend) {
    legend.root.lastChild.remove();
    this.root.prepend(legend.root);
    legend.onChange = () => this.follow(legend);
  }

  follow({ hidden, factor, markChoice }) {
    for (const map of this.maps) {
      Object.assign(map.legend, { hidden, factor });
      map.legend.markChoice.value = markChoice.value;
      map.draw();
    }
  }

  remove({ node, map }) {
    node.remove();
    map.legend.root.remove();
    map.destroy();
    if (!this.blocks.length) this.scale = 0;
  }

  /** One scale for all, at which the largest cloud fills its map: side by side a small one is seen to be small. One that has exploded has its own. */
  settle() {
    const free = this.maps.filter(({ own, touched }) => own && !touched),
      sizes = free.map(({ own }) => own).sort((a, b) => a - b);
    const usual = sizes[Math.floor(sizes.length / 2)],
      least = sizes.find((own) => own * LIKE > usual);
    if (least < this.scale || least > 1.6 * this.scale) this.scale = ROOM * least; // small changes would tremble
    for (const map of free) {
      map.view.scale = map.own * LIKE > usual ? this.scale : map.own;
      map.draw();
    }
  }
}

/** A frame's points and labels arrive as base64: float16 pairs and bytes. */
function unpack(frame) {
  const halves = fromBase64(frame.points);
  return { ...frame, points: halvesToFloats(new Uint16Array(halves.buffer)), labels: fromBase64(frame.labels) };
}
