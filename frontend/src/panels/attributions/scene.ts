/** What one frame of the film strip is drawn from. */
import type { Column } from "./columns";
import type { Layout, Subject } from "./layout";
import type { Model } from "./model";
import type { Look } from "./render";
import type { Drawing, ScaleName } from "./settings";
import type { Theme } from "./theme";

export interface Scene {
  readonly model: Model;
  readonly layout: Layout;
  readonly columns: readonly Column[];
  /** Visible part of the content, in CSS pixels. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
  readonly theme: Theme;
  readonly look: Look;
  readonly lookKey: string;
  readonly drawing: Drawing;
  readonly scaleName: ScaleName;
  /** CSS colour of a run. */
  runColour(run: string): string;
  readonly selected: Subject | null;
  readonly hovered: Subject | null;
  readonly focused: boolean;
  /** Whether tiles have an edge: dark ones would vanish on a dark page. */
  readonly edged: boolean;
}

/** Returns the index of the moment of `subject` in its run, or -1 where the run has none. */
export function momentOf({ model, columns }: Scene, { track, column }: Subject): number {
  const { run } = model.tracks.value[track];
  return column < 0 ? model.scrubbed.value[run] : (columns[column]?.moments[run] ?? -1);
}
