// Which test images stand nearest to the handle, and how dense the prior is there.

import { logDensity, prepareGaussian } from "../math/gaussian_mixture.js";
import { nearestRows } from "../math/nearest.js";
import { imageSheetButtons } from "../page/image_sheet.js";
import { nameOfImage } from "../page/image_names.js";
import { make, formatNumber } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { paint, pictureCanvas } from "../page/picture.js";
import { cachedImage, loadAllImages, loadCodes, loadImage } from "../page/api.js";

const SHOWN = 5;
const LATER = 300; // milliseconds: what is wanted first comes first
const REST = 250; // milliseconds without a move

/** Change a text only where it is another one: each change is laid out and painted anew. */
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export class Neighbours {
  /** @param onPick (index) → void, called when one of the images is clicked */
  constructor(onPick) {
    this.found = [];
    this.tiles = Array.from({ length: SHOWN }, (_, place) => {
      const canvas = Object.assign(pictureCanvas(), { ariaHidden: "true" }),
        caption = make("span", "vae-neighbour-text");
      const tile = make("button", "vae-neighbour", canvas, caption);
      tile.type = "button";
      tile.title = text("neighbour_help");
      tile.addEventListener("click", () => this.found[place] && onPick(this.found[place].index));
      return { tile, canvas, caption };
    });
    this.density = make("p", "vae-density");
    const tiles = make("div", "vae-neighbours", ...this.tiles.map(({ tile }) => tile));
    const head = make(
      "div",
      "vae-panel-head",
      make("p", "vae-caption", text("neighbours")),
      imageSheetButtons(() => this.saved()),
    );
    this.root = make("section", "vae-panel vae-nearest", head, tiles, this.density);
    this.root.hidden = true;
  }

  /** Serve another map. Its codes are fetched after what is seen first; of too long ones nothing is shown. */
  open(data) {
    Object.assign(this, { data, known: null, found: [] });
    for (const tile of this.tiles) tile.index = -1;
    this.root.hidden = true;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(async () => {
      const known = await loadCodes(data.run).catch(() => null);
      if (!known || data !== this.data) return;
      Object.assign(this, { known, prior: known.prior.map(prepareGaussian) });
      this.root.hidden = false;
      if (this.z) this.follow(this.z);
      loadAllImages(data.dataset);
    }, LATER);
  }

  /** The images as a file has them, each with its name and its distance. */
  saved() {
    const {
        found,
        tiles,
        data: { name, labels, classes },
      } = this,
      code = Array.from(this.z ?? [], (value) => formatNumber(value)).join(", ");
    const under = found.map(({ index, distance }) => [
      nameOfImage(index, labels[index], classes),
      formatNumber(distance),
    ]);
    return found.length
      ? {
          rows: [tiles.slice(0, found.length).map(({ canvas }) => canvas)],
          title: `${name}: ${text("neighbours")}`,
          notes: [`${text("code")} ${code}`, this.density.textContent],
          under: [under],
        }
      : null;
  }

  /**
   * The handle is at the code z. How often it is told so is left to seldom.js: five more pictures in each frame would
   * cost a drag its smoothness. Only images that are here are painted, so that a drag asks the server for nothing.
   */
  follow(z) {
    this.z = z;
    if (!this.known || z.length !== this.known.dims) return;
    this.found = nearestRows(this.known, z, SHOWN);
    this.tiles.forEach(({ tile }, place) => {
      tile.hidden = place >= this.found.length;
    });
    this.found.forEach((one, place) => this.show(place, one));
    const { prior } = this;
    write(
      this.density,
      prior.length ? text("density", { value: formatNumber(logDensity(prior, z), 1) }) : text("no_density"),
    );
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.fetch(), REST);
  }

  show(place, { index, distance }) {
    const { dataset, shape, classes, labels } = this.data,
      tile = this.tiles[place];
    const name = classes.length > 1 ? classes[labels[index]] : text("image_number", { n: index });
    write(tile.caption, `${name}\n${formatNumber(distance)}`);
    if (tile.index === index) return;
    const values = cachedImage(dataset, index, shape);
    if (values) paint(tile.canvas, values, shape);
    tile.index = values ? index : -1;
  }

  /** The handle rests: fetch what was not here. */
  fetch() {
    const { dataset, shape } = this.data;
    this.found.forEach(async (one, place) => {
      const here = await loadImage(dataset, one.index, shape).catch(() => null);
      if (here && this.found[place] === one) this.show(place, one);
    });
  }
}
