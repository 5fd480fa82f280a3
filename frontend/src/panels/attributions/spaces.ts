/**
 * What draws each kind of input.
 *
 * A folder each, whose parts.ts exports what a panel's does: Controls, Main, Detail, png, csv and
 * style. They share one model of the records, `modelOf(context, space)`: runs, methods, targets,
 * samples and tracks, in which the values of texts and tables are maps of one row. Below a Detail,
 * `Belief` says what speaks for and against its map; `quality/` adds what was measured of it.
 * What all kinds share, beside single samples, is in views.tsx: "overall" and "trust".
 */
import type { PanelParts } from "../../types";
import * as image from "./image";
import * as series from "./series/parts";
import type { Space } from "./settings";
import * as tabular from "./tabular/parts";
import * as text from "./text/parts";

export interface SpaceParts extends PanelParts {
  /** Of its inputs, many of them. */
  readonly title: string;
}

export const SPACE_PARTS: Readonly<Record<Space, SpaceParts>> = {
  image: { title: "images", ...image },
  text: { title: "text", ...text },
  tabular: { title: "tables", ...tabular },
  series: { title: "series", ...series },
};
