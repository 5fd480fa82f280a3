/** What stands around the cells of a heatmap: names, levels, costs, and what is chosen. */
import { amount } from "../graph/amounts";
import { type Context, FONT, fitEnd } from "../layers/draw";
import { rowLabels } from "../layers/rows";
import { COST, type HeatScene, LABEL } from "./heat";
import type { Unit } from "./readings";

export function paintAround(to: Context, scene: HeatScene): void {
  paintNames(to, scene);
  paintLevels(to, scene);
  scene.layout.costs.forEach((_, column) => {
    paintCosts(to, scene, column);
  });
  paintSelected(to, scene);
}

function paintNames(to: Context, { layout, rows, names, selected, theme }: HeatScene): void {
  to.font = FONT;
  to.textAlign = "right";
  to.textBaseline = "middle";
  for (const { row, text } of rowLabels(names, layout.rowHeight, LABEL)) {
    to.fillStyle = rows[row] === selected ? theme.accent : theme.mute;
    const y = layout.top + (row + 0.5) * layout.rowHeight;
    to.fillText(fitEnd(to, text, layout.left - 14), layout.left - 8, y);
  }
}

function paintLevels(to: Context, { layout, rows, reading, level, theme }: HeatScene): void {
  to.font = FONT;
  to.textAlign = "center";
  const y = layout.top + rows.length * layout.rowHeight + 11;
  let free = 0;
  reading.levelNames.forEach((name, i) => {
    const x = layout.left + (i + 0.5) * layout.cellWidth;
    const half = to.measureText(name).width / 2;
    if (x - half < free) return;
    free = x + half + 4;
    to.fillStyle = i === level ? theme.accent : theme.mute;
    to.fillText(name, x, y);
  });
}

const COSTS = [
  { title: "MACs", of: ({ macs }: Unit) => macs },
  { title: "parameters", of: ({ parameters }: Unit) => parameters },
] as const;

function paintCosts(to: Context, scene: HeatScene, column: number): void {
  const { layout, rows, reading, theme } = scene;
  const { title, of } = COSTS[column];
  const x = layout.costs[column];
  const most = reading.units.reduce((largest, each) => Math.max(largest, of(each)), 1);
  to.font = FONT;
  to.textAlign = "left";
  to.textBaseline = "middle";
  to.fillStyle = theme.mute;
  to.fillText(title, x, layout.top / 2 - 1);
  rows.forEach((name, row) => {
    const place = reading.places.get(name);
    if (place === undefined) return;
    const y = layout.top + row * layout.rowHeight;
    const value = of(reading.units[place]);
    to.fillStyle = theme.track;
    to.fillRect(x, y + 2, (COST - 52) * (value / most), Math.max(1, layout.rowHeight - 5));
    if (layout.rowHeight < LABEL) return;
    to.fillStyle = theme.mute;
    to.textAlign = "right";
    to.fillText(amount(value), x + COST - 10, y + layout.rowHeight / 2);
  });
}

function paintSelected(to: Context, { layout, rows, selected, theme }: HeatScene): void {
  const row = rows.indexOf(selected ?? "");
  if (row < 0) return;
  to.strokeStyle = theme.accent;
  to.lineWidth = 2;
  const y = layout.top + row * layout.rowHeight;
  to.strokeRect(layout.left - 1, y - 1, layout.right - layout.left + 1, layout.rowHeight + 1);
}
