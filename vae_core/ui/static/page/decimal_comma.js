// Turns a comma typed into a number field into a point where the browser would drop it. Such a browser writes 1.5 and
// makes 15 of "1,5" without a word. No interface says how a browser writes numbers, but one that accepts the comma
// sends an input event for it.

/** @type {HTMLInputElement | null} */
let pendingField = null; // the field that has not accepted its comma yet

function insertPoint() {
  // The deprecated command is the only one that inserts at the cursor of a number field, which hides its selection from
  // scripts.
  if (pendingField && pendingField === document.activeElement) document.execCommand("insertText", false, ".");
  pendingField = null;
}

document.addEventListener("beforeinput", ({ data, target }) => {
  if (data !== "," || !(target instanceof HTMLInputElement) || target.type !== "number") return;
  pendingField = target;
  setTimeout(insertPoint);
});
document.addEventListener(
  "input",
  () => {
    pendingField = null;
  },
  { capture: true },
);
document.addEventListener("keydown", insertPoint, { capture: true }); // before the next letter of a fast typist
