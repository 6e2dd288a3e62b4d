// The first tab's figure: a map with a handle, what the handle decodes to, and one chosen test image.

import { ClassSelect } from "../map/class_select.js";
import { coordinateError, parseCoordinate, coordinateField, formatCoordinate } from "../page/coordinate_field.js";
import { imageSheetButtons } from "../page/image_sheet.js";
import { LatentMap } from "../map/latent_map.js";
import { axisNames } from "../map/map_data.js";
import { nameOfSelection } from "../page/image_names.js";
import { Neighbours } from "./nearest_images.js";
import { DrawingPad } from "../page/drawing_pad.js";
import { button, make, formatNumber } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { onImagePaste } from "../page/paste_image.js";
import { fromBase64, bytesToPixels, paint, paintDifference, pictureCanvas } from "../page/picture.js";
import { Posterior } from "./posterior_samples.js";
import { loadDecoder, loadImage, loadMap } from "../page/api.js";
import { Viewing } from "./view_switch.js";

export function mount({ element, props, trigger, watch }) {
  const figure = new Explorer(element.querySelector(".vae-explore"), props, trigger);
  const update = () => figure.update(props.run, props.chosen);
  watch(["run", "chosen"], update);
  update();
}

class Explorer {
  constructor(root, props, trigger) {
    this.root = root;
    const tell = (event, value) => {
      props.value = value;
      trigger(event, value);
    };
    const left = make("div", "vae-explore-map"),
      right = make("div", "vae-explore-side");
    root.replaceChildren(left, right);
    this.map = new LatentMap(left, {
      onMove: () => this.decode(),
      onRest: () => this.showPlace(),
      onPick: (index) => tell("picked", { index }),
      lift: (x, y, through) => this.view.lift(x, y, through),
      project: (code) => this.view.project(code),
    });
    this.pad = new DrawingPad(
      (drawing) => tell("drawn", { drawing }),
      () => this.setDrawing(false),
    );
    this.posterior = new Posterior(
      this.map,
      (z) => this.setCode(z),
      (z) => this.decoder.decode(z, this.labelOf(this.chosen)),
    );
    for (const event of ["pointerdown", "keydown"]) root.addEventListener(event, () => this.posterior.finish()); // a hand on the figure ends a walk
    new MutationObserver(() => this.showChosen()).observe(document.body, {
      attributes: true,
      attributeFilter: ["class"],
    }); // the difference has the page's ground
    onImagePaste(root, () => "#explore-upload");
    this.hint = make("p", "vae-hint");
    this.viewing = new Viewing(this);
    left.prepend(this.viewing.root);
    this.neighbours = new Neighbours((index) => tell("picked", { index }));
    left.append(this.hint, this.posterior.root, this.neighbours.root, this.viewing.traversals.root);
    this.buildScreen(right);
    right.append(this.viewing.sliders.root);
    this.buildChosen(right);
    this.message = make("p", "vae-message");
    this.message.setAttribute("role", "alert");
    right.append(this.message);
  }

  buildScreen(side) {
    this.screen = pictureCanvas(text("decoded"));
    this.screen.classList.add("vae-decoded-image");
    this.fields = [0, 1].map((axis) => coordinateField(() => this.typed(axis)));
    this.axisLabels = this.fields.map((field) => make("label", "vae-field", make("span"), field));
    this.condition = new ClassSelect(this.map, () => {
      this.decode();
      this.viewing.follow();
    });
    const head = make(
      "div",
      "vae-panel-head",
      make("p", "vae-caption", text("decoded")),
      imageSheetButtons(() => this.data && this.savedScreen()),
    );
    side.append(
      make(
        "section",
        "vae-panel",
        head,
        this.screen,
        make("div", "vae-fields", ...this.axisLabels, this.condition.root),
      ),
    );
  }

  buildChosen(side) {
    this.views = ["input", "reconstruction", "difference"].map((name) => {
      const canvas = pictureCanvas(text(name));
      return { canvas, figure: make("figure", "vae-image-view", canvas, make("figcaption", "", text(name))) };
    });
    this.about = make("p", "vae-caption", text("no_image"));
    this.numbers = make("p", "vae-code-text");
    this.place = make("p", "vae-novelty");
    this.drawing = button(text("draw"), () => this.setDrawing(true));
    const head = make("div", "vae-panel-head", this.about, this.drawing),
      views = make("div", "vae-image-views", ...this.views.map((view) => view.figure));
    const save = imageSheetButtons(() => this.chosen && this.savedChosen());
    side.append(
      this.pad.root,
      make("section", "vae-panel vae-chosen-image", head, views, this.numbers, this.place, save),
    );
  }

  /** The decoded image as a file has it: where it stands, and the class that it is of. */
  savedScreen() {
    const { data, map } = this,
      place = axisNames(map.data).map((name, axis) => `${name}: ${formatNumber(map.handle[axis])}`);
    const told = data.conditions ? [text("decoded_as", { class: data.classes[map.label] })] : [];
    return { rows: [[this.screen]], title: `${data.name}: ${text("decoded")}`, notes: [...place, ...told] };
  }

  /** The chosen image, its reconstruction and their difference as a file has them. */
  savedChosen() {
    const names = this.views.map(({ canvas }) => [canvas.ariaLabel]),
      notes = [...this.numbers.textContent.split("\n"), this.place.textContent];
    return {
      rows: [this.views.map(({ canvas }) => canvas)],
      title: `${this.data.name}: ${this.about.textContent}`,
      notes: notes.filter(Boolean),
      under: [names],
    };
  }

  /** Open or close the pad. While it is open, what the network makes of the drawing stands right below it. */
  setDrawing(open) {
    this.root.classList.toggle("vae-pad-open", open);
    this.drawing.hidden = open;
    if (open) this.pad.open();
    else this.drawing.focus();
  }

  /** Show a run and a chosen image of it, the run first, however fast one choice follows another. */
  async update(run, chosen) {
    if (run !== this.wanted) this.opening = this.open(run);
    await this.opening;
    if (chosen && chosen.run === this.data?.run) await this.choose(chosen);
  }

  /** Show another run. What was shown stays until the new one is here, or if it cannot be had. */
  async open(run) {
    this.wanted = run;
    this.root.setAttribute("aria-busy", "true");
    const loaded = await Promise.all([loadMap(run), loadDecoder(run)]).catch((error) => error);
    if (run !== this.wanted) return;
    this.root.removeAttribute("aria-busy");
    if (!(loaded instanceof Error)) return this.show(...loaded);
    this.wanted = this.data?.run; // whoever asks for it again has it fetched again
    this.say(loaded.message);
  }

  show(data, decoder) {
    Object.assign(this, { data, decoder, chosen: null });
    this.say("");
    this.posterior.serve(data, null);
    this.map.annotations.setMark(null);
    this.map.setData(data, { handle: [0, 0], refit: true });
    this.map.setThrough(data.origin);
    this.view = this.viewing.open(this.wanted, data);
    this.describe();
    this.condition.offer(data);
    this.neighbours.open(data);
    this.map.moveHandle(0, 0);
  }

  /** Name the axes and say what the map shows. */
  describe() {
    axisNames(this.map.data).forEach((name, axis) => {
      this.axisLabels[axis].firstChild.textContent = name;
      this.fields[axis].ariaLabel = name;
    });
    this.hint.textContent = [text("explore_hint"), this.view.sentence, silentDimensions(this.data)]
      .filter(Boolean)
      .join(" ");
  }

  /** Show the same codes in another view (see views.js): the handle's code, the chosen image, colors and classes stay. */
  look(view) {
    const code = this.code();
    this.view = view;
    this.map.setThrough(code);
    this.map.transitionTo(
      { ...this.data, points: view.points, prior: view.prior, axes: view.axes },
      view.project(code),
    );
    this.markChosen();
    this.posterior.turn(this.chosen && view.ellipse(this.chosen));
    this.describe();
    this.setCode(code);
  }

  /** The code at the handle. */
  code() {
    return this.map.lift(...this.map.handle);
  }

  /** Put the handle where a code stands, and decode that code. */
  setCode(code) {
    this.map.setThrough(code);
    this.map.moveHandle(...this.view.project(code));
    this.viewing.sliders.set(code);
  }

  markChosen() {
    if (!this.chosen) return;
    const place = this.view.project(this.chosen.code);
    this.map.annotations.setMark({ place, covariance: this.view.ellipse(this.chosen) });
  }

  /** `chosen` is {run, index, label, code, covariance, std} from the server, or {run, pixels, drawn, error, place, far, code, …}. */
  async choose(chosen) {
    this.chosen = chosen;
    this.markChosen();
    this.posterior.serve(this.data, chosen, this.view.ellipse(chosen));
    if ("label" in chosen) this.condition.set(chosen.label);
    this.setCode(chosen.code);
    this.viewing.follow();
    this.map.draw();
    await this.showChosen();
  }

  /** Show the chosen image and what its code and its class decode to. */
  async showChosen() {
    const { chosen } = this;
    if (!chosen) return;
    const input = chosen.pixels
      ? bytesToPixels(fromBase64(chosen.pixels))
      : await loadImage(this.data.dataset, chosen.index, this.data.shape);
    if (this.chosen !== chosen) return;
    this.drawChosen(input, this.decoder.decode(chosen.code, this.labelOf(chosen)));
  }

  /** The class that a conditional model is told of an image; other models ask for none. */
  labelOf(chosen) {
    return chosen.label ?? 0;
  }

  drawChosen(input, reconstruction) {
    const { code, std } = this.chosen,
      { shape, classes } = this.data;
    paint(this.views[0].canvas, input, shape);
    paint(this.views[1].canvas, reconstruction, shape);
    paintDifference(this.views[2].canvas, input, reconstruction, shape, document.body.classList.contains("dark"));
    this.about.textContent = nameOfSelection(this.chosen, classes);
    this.place.textContent = placeAmong(this.chosen);
    const error = Math.sqrt(input.reduce((sum, value, i) => sum + (value - reconstruction[i]) ** 2, 0) / input.length);
    const entries = code
      .slice(0, 4)
      .map((mean, i) => (std ? `${formatNumber(mean)} ± ${formatNumber(std[i])}` : formatNumber(mean)));
    const more = code.length > 4 ? ", …" : "";
    this.numbers.textContent = `${text(std ? "posterior" : "code")} ${entries.join(", ")}${more}\n${text("rms_error")} ${formatNumber(error, 3)}`;
  }

  decode() {
    if (!this.decoder) return;
    const [x, y] = this.map.handle;
    paint(this.screen, this.decoder.decode(this.code(), this.map.label), this.decoder.shape);
    this.root.dispatchEvent(new CustomEvent("decoded", { detail: { x, y } }));
  }

  showPlace() {
    this.neighbours.follow(this.code());
    this.fields.forEach((field, axis) => {
      if (field === document.activeElement) return;
      field.value = formatCoordinate(this.map.handle[axis]);
      if (field.ariaInvalid) this.say(""); // it was a sentence on what stood there
      field.ariaInvalid = null;
    });
  }

  typed(axis) {
    const field = this.fields[axis],
      value = parseCoordinate(field.value);
    if (value === null) {
      this.say(coordinateError(this.axisLabels[axis].firstChild.textContent, field.value));
      field.ariaInvalid = "true";
      return;
    }
    field.ariaInvalid = null;
    this.say("");
    const target = [...this.map.handle];
    target[axis] = value;
    this.map.moveHandle(...target);
  }

  say(sentence) {
    this.message.textContent = sentence;
  }
}

/** A sentence on an own image's reconstruction error beside those of the test images. */
function placeAmong({ error, place, far }) {
  if (place === undefined) return "";
  const share = Math.floor(1000 * place) / 10; // rounded down: 100 % is all of them
  const sentence = text("novelty", { error: formatNumber(error, 1), share: formatNumber(share, 1) });
  return far ? `${sentence} ${text("outlier")}` : sentence;
}

/** A sentence on the dimensions that say nothing, if there are any. */
function silentDimensions({ active, silence, latentDim }) {
  return silence ? text(silence, { active, dims: latentDim }) : "";
}
