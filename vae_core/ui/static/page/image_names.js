// What an image is called on the page and in a file.

import { words } from "./dom.js";

/** A test image by its number, and by its class where there is more than one. */
export function nameOfImage(index, label, classes) {
  const name = classes.length > 1 ? words.chosen.replace("{class}", classes[label]) : words.chosen_unlabelled;
  return name.replace("{n}", index);
}

/** A chosen image: a test image, or one that the visitor has drawn or brought. */
export function nameOfChosen({ index, label, pixels, drawn }, classes) {
  return pixels ? words[drawn ? "own_drawing" : "own_image"] : nameOfImage(index, label, classes);
}
