// A comma typed into a field of numbers. A browser that writes 1.5 drops it without a word and makes 15 of 1,5: then it becomes the point
// that was meant. What a browser writes cannot be asked for; a comma that it takes is told of as input.

let dropped = null; // the field whose comma has not been taken yet

function makePoint() {
  if (dropped && dropped === document.activeElement) document.execCommand("insertText", false, "."); // the one way into a text that no script sees
  dropped = null;
}

document.addEventListener("beforeinput", ({ data, target }) => {
  if (data !== "," || target.type !== "number") return;
  dropped = target;
  setTimeout(makePoint);
});
document.addEventListener(
  "input",
  () => {
    dropped = null;
  },
  { capture: true },
);
document.addEventListener("keydown", makePoint, { capture: true }); // who types fast is not to be overtaken
