/** Draws the boxes and lines that are in sight. */
import { fit } from "../attributions/write";
import { type Box, type GraphLayout, HEADER, titleOf, typeOf, type Wire } from "./layout";
import { cssColour, isLight, type Shades, shadeOf } from "./shades";
import { childrenOf, type GraphNode, shortName, type Tree } from "./tree";
import type { Viewport } from "./viewport";

export interface Theme {
  readonly panel: string;
  readonly hover: string;
  readonly line: string;
  readonly text: string;
  readonly mute: string;
  readonly accent: string;
  readonly track: string;
}

export interface Scene {
  readonly tree: Tree;
  readonly layout: GraphLayout;
  readonly view: Viewport;
  readonly width: number;
  readonly height: number;
  readonly values: ReadonlyMap<string, number>;
  readonly shades: Shades | null;
  readonly found: ReadonlySet<string>;
  readonly selected: string | null;
  readonly hovered: string | null;
  readonly theme: Theme;
}

const FONT = "Roboto, system-ui, sans-serif";
const LEGIBLE = 0.42; // below this scale no text is drawn
const RADIUS = 6;

type To = CanvasRenderingContext2D;

/** Draws `scene`; the context's transform is that of the canvas in CSS pixels. */
export function paintGraph(to: To, scene: Scene): void {
  const { view, layout } = scene;
  to.save();
  to.translate(view.x, view.y);
  to.scale(view.scale, view.scale);
  const boxes = layout.boxes.filter((box) => inSight(scene, box));
  for (const box of boxes) if (box.open) paintOpen(to, scene, box);
  for (const wire of layout.wires) if (wireInSight(scene, wire)) paintWire(to, scene, wire);
  for (const box of boxes) if (!box.open) paintBox(to, scene, box);
  for (const box of boxes) if (box.open) paintTitle(to, scene, box);
  to.restore();
}

function inSight({ view, width, height }: Scene, box: Box): boolean {
  const [left, top] = [view.x + box.x * view.scale, view.y + box.y * view.scale];
  return (
    left < width &&
    top < height &&
    left + box.width * view.scale > 0 &&
    top + box.height * view.scale > 0
  );
}

function wireInSight({ view, height }: Scene, { points }: Wire): boolean {
  const ys = points.map(([, y]) => view.y + y * view.scale);
  return Math.max(...ys) > 0 && Math.min(...ys) < height;
}

function paintOpen(to: To, { theme, selected, hovered }: Scene, box: Box): void {
  to.beginPath();
  to.roundRect(box.x, box.y, box.width, box.height, RADIUS + 2);
  to.fillStyle = box.depth % 2 === 0 ? theme.hover : theme.panel;
  to.fill();
  to.lineWidth = box.id === selected ? 2 : 1;
  to.strokeStyle =
    box.id === selected ? theme.accent : box.id === hovered ? theme.mute : theme.line;
  to.stroke();
}

function paintTitle(to: To, scene: Scene, box: Box): void {
  if (scene.view.scale < LEGIBLE) return;
  const node = scene.tree.nodes.get(box.id) as GraphNode;
  to.font = `500 12px ${FONT}`;
  to.textBaseline = "middle";
  to.textAlign = "left";
  const text = fit(to, titleOf(node), box.width - 40);
  const { width } = to.measureText(text);
  to.fillStyle = box.depth % 2 === 0 ? scene.theme.hover : scene.theme.panel;
  to.fillRect(box.x + 4, box.y + 4, width + 26, HEADER - 5);
  to.fillStyle = scene.found.has(box.id) ? scene.theme.accent : scene.theme.text;
  to.fillText(text, box.x + 24, box.y + HEADER / 2 + 2);
  sign(to, box.x + 14, box.y + HEADER / 2 + 2, true, scene.theme.mute);
}

function paintBox(to: To, scene: Scene, box: Box): void {
  const { theme, shades, values } = scene;
  const node = scene.tree.nodes.get(box.id) as GraphNode;
  const value = values.get(box.id) ?? Number.NaN;
  const shade = shades && !(shades.logarithmic && !(value > 0)) ? shadeOf(shades, value) : null;
  to.beginPath();
  const round = node.kind === "input" || node.kind === "output" || node.kind === "operation";
  to.roundRect(box.x, box.y, box.width, box.height, round ? box.height / 2 : RADIUS);
  to.fillStyle = shade === null ? theme.panel : cssColour(shade);
  to.fill();
  to.setLineDash(node.kind === "untraced" || node.calls === 0 ? [4, 3] : []);
  const marked = box.id === scene.selected || scene.found.has(box.id);
  to.strokeStyle = marked ? theme.accent : box.id === scene.hovered ? theme.text : theme.track;
  to.lineWidth = marked ? 2.5 : 1;
  to.stroke();
  to.setLineDash([]);
  if (scene.view.scale >= LEGIBLE) paintNames(to, scene, box, node, shade);
}

function paintNames(
  to: To,
  { tree, theme }: Scene,
  box: Box,
  node: GraphNode,
  shade: number | null,
) {
  const dark = shade === null ? theme.text : isLight(shade) ? "#1f2328" : "#fff";
  const faint = shade === null ? theme.mute : isLight(shade) ? "#50565e" : "#ffffffc0";
  const folded = childrenOf(tree, node.id).length > 0;
  const middle = box.x + box.width / 2 + (folded ? 7 : 0);
  const room = box.width - (folded ? 34 : 12);
  to.textAlign = "center";
  to.textBaseline = "middle";
  to.font = `500 12px ${FONT}`;
  to.fillStyle = dark;
  const two = node.kind === "module" || node.kind === "untraced";
  to.fillText(fit(to, shortName(node), room), middle, box.y + (two ? 14 : box.height / 2));
  if (folded) sign(to, box.x + 14, box.y + box.height / 2, false, dark);
  if (!two) return;
  to.font = `11px ${FONT}`;
  to.fillStyle = faint;
  to.fillText(fit(to, typeOf(node), room), middle, box.y + 28);
}

/** A triangle: to the right where a module is folded, downwards where it is not. */
function sign(to: To, x: number, y: number, open: boolean, colour: string): void {
  to.fillStyle = colour;
  to.beginPath();
  if (open) {
    to.moveTo(x - 4, y - 2.5);
    to.lineTo(x + 4, y - 2.5);
    to.lineTo(x, y + 3.5);
  } else {
    to.moveTo(x - 2.5, y - 4);
    to.lineTo(x + 3.5, y);
    to.lineTo(x - 2.5, y + 4);
  }
  to.fill();
}

function paintWire(to: To, scene: Scene, { points, count, from, to: target }: Wire): void {
  const { theme, selected, hovered } = scene;
  const ends = [from, target].filter((id) => id !== null);
  const near = ends.some((id) => id === selected || id === hovered);
  to.strokeStyle = to.fillStyle = near ? theme.accent : theme.track;
  to.lineWidth = Math.min(5, 1.2 + Math.log2(count));
  to.beginPath();
  to.moveTo(...points[0]);
  for (let i = 1; i < points.length; i++) {
    const [[x0, y0], [x1, y1]] = [points[i - 1], points[i]];
    const middle = (y0 + y1) / 2;
    if (x0 === x1) to.lineTo(x1, y1);
    else to.bezierCurveTo(x0, middle, x1, middle, x1, y1);
  }
  to.stroke();
  if (target !== null) arrow(to, points[points.length - 1], points[points.length - 2][1]);
}

function arrow(to: To, [x, y]: readonly [number, number], before: number): void {
  const back = before < y ? -7 : 7;
  to.beginPath();
  to.moveTo(x, y);
  to.lineTo(x - 4, y + back);
  to.lineTo(x + 4, y + back);
  to.fill();
}

/** Returns the innermost box at (x, y) of the canvas. */
export function boxAt(
  { layout, view }: Pick<Scene, "layout" | "view">,
  x: number,
  y: number,
): Box | null {
  const [left, top] = [(x - view.x) / view.scale, (y - view.y) / view.scale];
  const holds = (box: Box) =>
    left >= box.x && top >= box.y && left < box.x + box.width && top < box.y + box.height;
  return layout.boxes.findLast(holds) ?? null;
}
