// What an image is called on the page and in a file.

import { text } from "./i18n.js";

/** A test image by its number, and by its class where there is more than one. */
export function nameOfImage(index, label, classes) {
  return classes.length > 1
    ? text("test_image", { n: index, class: classes[label] })
    : text("test_image_unlabelled", { n: index });
}

/** A chosen image: a test image, or one that the visitor has drawn or brought. */
export function nameOfSelection({ index, label, pixels, drawn }, classes) {
  return pixels ? text(drawn ? "drawn_image" : "uploaded_image") : nameOfImage(index, label, classes);
}
