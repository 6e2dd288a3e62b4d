// A drawing context whose strokes become an SVG file: what is drawn on a canvas is drawn on it by the same code.

const escaped = (text) =>
  String(text).replace(/[&<>"]/g, (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[letter]);
const short = (value) => String(Math.round(value * 100) / 100);

export class SvgContext {
  constructor(width, height) {
    Object.assign(this, {
      width,
      height,
      parts: [],
      groups: 0,
      kept: [],
      clips: 0,
      path: "",
      dash: "",
      fillStyle: "#000",
      strokeStyle: "#000",
      lineWidth: 1,
      globalAlpha: 1,
      font: "12px sans-serif",
      textAlign: "left",
    });
  }

  save() {
    this.kept.push(this.groups);
  }

  restore() {
    for (const before = this.kept.pop(); this.groups > before; this.groups -= 1) this.parts.push("</g>");
  }

  group(attribute) {
    this.parts.push(`<g ${attribute}>`);
    this.groups += 1;
  }

  translate(x, y) {
    this.group(`transform="translate(${short(x)} ${short(y)})"`);
  }

  rect(x, y, width, height) {
    this.path += `M${short(x)} ${short(y)}h${short(width)}v${short(height)}h${short(-width)}Z`;
  }

  /** What is drawn until `restore` is seen inside the path alone. */
  clip() {
    const name = `clip${(this.clips += 1)}`;
    this.parts.push(`<clipPath id="${name}"><path d="${this.path}"/></clipPath>`);
    this.group(`clip-path="url(#${name})"`);
  }

  beginPath() {
    this.path = "";
  }

  moveTo(x, y) {
    this.path += `M${short(x)} ${short(y)}`;
  }

  lineTo(x, y) {
    this.path += `${this.path ? "L" : "M"}${short(x)} ${short(y)}`;
  }

  closePath() {
    if (!this.path.endsWith("Z")) this.path += "Z";
  }

  arc(x, y, radius) {
    this.ellipse(x, y, radius, radius, 0);
  }

  /** A whole ellipse, as two halves. */
  ellipse(x, y, long, wide, turn) {
    const dx = long * Math.cos(turn),
      dy = long * Math.sin(turn),
      half = `A${short(long)} ${short(wide)} ${short((turn * 180) / Math.PI)} 1 1 `;
    this.path += `M${short(x - dx)} ${short(y - dy)}${half}${short(x + dx)} ${short(y + dy)}${half}${short(x - dx)} ${short(y - dy)}Z`;
  }

  setLineDash(lengths) {
    this.dash = lengths.join(" ");
  }

  fill() {
    this.parts.push(`<path d="${this.path}" fill="${escaped(this.fillStyle)}"${this.alpha()}/>`);
  }

  stroke() {
    const dash = this.dash ? ` stroke-dasharray="${this.dash}"` : "";
    this.parts.push(
      `<path d="${this.path}" fill="none" stroke="${escaped(this.strokeStyle)}" stroke-width="${short(this.lineWidth)}"${dash}${this.alpha()}/>`,
    );
  }

  fillRect(x, y, width, height) {
    this.parts.push(
      `<rect x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" fill="${escaped(this.fillStyle)}"/>`,
    );
  }

  fillText(text, x, y) {
    this.parts.push(this.textAt(text, x, y, `fill="${escaped(this.fillStyle)}"`));
  }

  strokeText(text, x, y) {
    const stroke = `stroke="${escaped(this.strokeStyle)}" stroke-width="${short(this.lineWidth)}" stroke-linejoin="round"`;
    this.parts.push(this.textAt(text, x, y, `fill="none" ${stroke}`));
  }

  textAt(text, x, y, paint) {
    const [, weight = "400", size, family] = this.font.match(/^(?:(\d+) )?([\d.]+px) (.*)$/),
      anchor = this.textAlign === "center" ? "middle" : "start";
    const style = `font-family="${escaped(family)}" font-size="${size}" font-weight="${weight}" text-anchor="${anchor}"`;
    return `<text x="${short(x)}" y="${short(y)}" ${style} ${paint}>${escaped(text)}</text>`;
  }

  /** A part of a canvas, as a picture within the file. */
  drawImage(canvas, sx, sy, wide, high, x, y, width, height) {
    const part = Object.assign(document.createElement("canvas"), { width: wide, height: high });
    part.getContext("2d").drawImage(canvas, sx, sy, wide, high, 0, 0, wide, high);
    const box = `x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}"`;
    this.parts.push(
      `<image ${box} preserveAspectRatio="none" style="image-rendering:pixelated" href="${part.toDataURL()}"/>`,
    );
  }

  alpha() {
    return this.globalAlpha < 1 ? ` opacity="${short(this.globalAlpha)}"` : "";
  }

  toString() {
    const { width, height, parts } = this,
      size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${parts.join("\n")}</svg>\n`;
  }
}
