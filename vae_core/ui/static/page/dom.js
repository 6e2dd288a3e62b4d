// How figures make their elements, and read the page's colors.

/** An element with a class, made at once with its children. */
export function make(tag, className = "", ...children) {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...children);
  return node;
}

/** The page's colors where an element is, light or dark. */
export function themeColors(node) {
  const style = getComputedStyle(node);
  const color = (name) => style.getPropertyValue(`--vae-${name}`);
  return {
    text: color("text"),
    faint: color("faint"),
    line: color("line"),
    background: color("background"),
    accent: color("accent"),
  };
}

/** A button that does something. */
export function button(label, act) {
  const node = make("button", "vae-action", label);
  node.type = "button";
  node.addEventListener("click", act);
  return node;
}

/** A number as text; what rounds to zero has no sign. */
export const formatNumber = (value, digits = 2) =>
  value
    .toFixed(digits)
    .replace(/^-(?=[0.]*$)/, "")
    .replace("-", "−");
