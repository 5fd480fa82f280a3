/** What keys do. */
import { level, measure, measures, rows, unit } from "./model";
import { chosen } from "./settings";

/** Moves to the unit `offset` further. */
export function moveUnit(offset: number): void {
  const all = rows.peek();
  const index = all.indexOf(unit.peek() ?? "");
  const target = all[Math.min(all.length - 1, Math.max(0, index + offset))];
  if (target !== undefined) unit.value = target;
}

export function nextMeasure(): void {
  const all = measures.peek();
  const next = all[(all.indexOf(measure.peek()) + 1) % all.length];
  if (next) measure.value = next;
}

/** Moves to the level `offset` deeper; the last one is the deepest. */
export function moveLevel(offset: number): void {
  chosen.level.value = Math.max(0, level.peek() + offset);
}
