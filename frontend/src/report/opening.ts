/** Which panel a report opens with. */
import type { Catalog } from "../api";
import type { Panel } from "../types";

/** Returns the name of the first of `panels` that has anything to draw; null without one. */
export function firstToDraw(panels: readonly Panel[], catalog: Catalog): string | null {
  const kinds = new Set(catalog.runs.flatMap(({ series }) => series.map(({ kind }) => kind)));
  return panels.find(({ needs }) => needs.some((kind) => kinds.has(kind)))?.name ?? null;
}
