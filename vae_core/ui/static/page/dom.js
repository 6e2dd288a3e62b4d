// Elements, colors and numbers as all figures of the page show them.

/**
 * What Gradio passes to the script of an HTML component.
 * @typedef {object} Component
 * @property {HTMLElement} element the component's root
 * @property {Record<string, any>} props the component's props, which the server sets
 * @property {(event: string, value?: unknown) => void} trigger sends an event to the server
 * @property {(props: string | string[], callback: () => void) => void} watch calls back when the server has set a prop
 */

/**
 * The page's colors at an element, as CSS colors.
 * @typedef {{text: string, faint: string, line: string, background: string, accent: string}} Theme
 */

/**
 * Create an element with a class and children.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [className]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, className = "", ...children) {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...children);
  return node;
}

/**
 * Find a component's own root, which its template always holds.
 * @param {HTMLElement} element
 * @param {string} selector
 * @returns {HTMLElement}
 * @throws {Error} if the template lacks it
 */
export function requireElement(element, selector) {
  const found = element.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`The component has no ${selector}`);
  return found;
}

/**
 * Return a canvas's drawing context.
 * @param {HTMLCanvasElement} canvas
 * @returns {CanvasRenderingContext2D}
 * @throws {Error} if the browser has no memory left for it
 */
export function contextOf(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("The browser has no memory left for a canvas");
  return context;
}

/**
 * Return the page's colors at an element, light or dark.
 * @param {Element} node
 * @returns {Theme}
 */
export function themeColors(node) {
  const style = getComputedStyle(node);
  /** @param {string} name */
  const color = (name) => style.getPropertyValue(`--vae-${name}`);
  return {
    text: color("text"),
    faint: color("faint"),
    line: color("line"),
    background: color("background"),
    accent: color("accent"),
  };
}

/**
 * Create a button.
 * @param {string} label
 * @param {() => void} onClick
 * @returns {HTMLButtonElement}
 */
export function button(label, onClick) {
  const node = make("button", "vae-action", label);
  node.type = "button";
  node.addEventListener("click", onClick);
  return node;
}

/**
 * Create an empty paragraph for errors, which a screen reader reads out.
 * @param {"alert" | "status"} role "alert" interrupts the reader, "status" waits
 * @returns {HTMLParagraphElement}
 */
export function messageLine(role) {
  const node = make("p", "vae-message");
  node.role = role;
  return node;
}

/**
 * Format a number with a typographic minus, and without a sign if it rounds to zero.
 * @param {number} value
 * @param {number} [digits] digits after the point
 * @returns {string}
 */
export const formatNumber = (value, digits = 2) =>
  value
    .toFixed(digits)
    .replace(/^-(?=[0.]*$)/, "")
    .replace("-", "−");

/**
 * Return what an error says.
 * @param {unknown} error
 * @returns {string}
 */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));
