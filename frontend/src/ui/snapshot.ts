/** What a part of the page shows, drawn once more as a picture: boxes, canvases and texts. */
import type { Download } from "../types";
import { themeColour } from "./canvas";

const MARGIN = 12; // CSS pixels

/** Returns `element` as a PNG, twice as fine as the screen needs. */
export async function snapshot(element: HTMLElement, name: string): Promise<Download> {
  const ratio = Math.max(2, window.devicePixelRatio || 1);
  const frame = element.getBoundingClientRect();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round((frame.width + 2 * MARGIN) * ratio);
  canvas.height = Math.round((frame.height + 2 * MARGIN) * ratio);
  const to = canvas.getContext("2d");
  if (!to) throw new Error("The browser gives no 2d canvas.");
  to.scale(ratio, ratio);
  to.fillStyle = themeColour("--bg");
  to.fillRect(0, 0, frame.width + 2 * MARGIN, frame.height + 2 * MARGIN);
  to.translate(MARGIN - frame.left, MARGIN - frame.top);
  // What is scrolled out of it is not shown.
  to.beginPath();
  to.rect(frame.left, frame.top, frame.width, frame.height);
  to.clip();
  for (const each of [element, ...element.querySelectorAll<HTMLElement>("*")]) {
    if (each.checkVisibility() && !each.closest("[data-screen-only]")) drawElement(to, each);
  }
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!blob) throw new Error("The browser could not encode it.");
  return { name, blob };
}

function drawElement(to: CanvasRenderingContext2D, element: HTMLElement): void {
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  if (box.width === 0 || box.height === 0) return;
  drawBox(to, box, style);
  if (element instanceof HTMLCanvasElement) {
    if (element.width > 0) to.drawImage(element, box.x, box.y, box.width, box.height);
    return;
  }
  for (const node of element.childNodes) {
    if (node instanceof Text) drawText(to, node, style, box);
  }
}

function drawBox(to: CanvasRenderingContext2D, box: DOMRect, style: CSSStyleDeclaration): void {
  to.beginPath();
  to.roundRect(box.x, box.y, box.width, box.height, Number.parseFloat(style.borderRadius) || 0);
  to.fillStyle = gradientOf(to, box, style) ?? style.backgroundColor;
  to.fill();
  const border = Number.parseFloat(style.borderLeftWidth);
  if (!(border > 0)) return;
  to.lineWidth = border;
  to.strokeStyle = style.borderLeftColor;
  to.stroke();
}

/** Returns what paints a gradient from left to right with evenly spaced colours; null if none. */
function gradientOf(to: CanvasRenderingContext2D, box: DOMRect, style: CSSStyleDeclaration) {
  const colours = style.backgroundImage.match(/rgba?\([^)]*\)/g);
  if (!colours || !style.backgroundImage.startsWith("linear-gradient(to right")) return null;
  const gradient = to.createLinearGradient(box.left, 0, box.right, 0);
  colours.forEach((colour, i) => {
    gradient.addColorStop(i / Math.max(1, colours.length - 1), colour);
  });
  return gradient;
}

/** Draws each line of `node` where it stands, cut off where its element ends. */
function drawText(
  to: CanvasRenderingContext2D,
  node: Text,
  style: CSSStyleDeclaration,
  within: DOMRect,
): void {
  to.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  to.fillStyle = style.color;
  to.textBaseline = "middle";
  to.textAlign = "left";
  for (const { text, box } of linesOf(node)) {
    to.fillText(text, box.x, box.y + box.height / 2, Math.max(1, within.right - box.x));
  }
}

function linesOf(node: Text): { text: string; box: DOMRect }[] {
  const range = document.createRange();
  const lines: { text: string; box: DOMRect }[] = [];
  let start = 0;
  for (let end = 1; end <= node.length; end++) {
    range.setStart(node, start);
    range.setEnd(node, Math.min(node.length, end + 1));
    if (end < node.length && range.getClientRects().length <= 1) continue;
    range.setEnd(node, end);
    lines.push({ text: node.data.slice(start, end), box: range.getBoundingClientRect() });
    start = end;
  }
  return lines.filter(({ text }) => text.trim() !== "");
}
