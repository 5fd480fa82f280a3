/** What the page's parts hand to one another. Decoding is in frame.ts and record.ts. */
import type { ReadonlySignal, Signal } from "@preact/signals";
import type { ComponentType } from "preact";

export type TypedArray =
  | Uint8Array
  | Int8Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** One decoded record; tb_explain/schema.py defines kinds, fields and arrays. */
export interface TrainingRecord {
  readonly kind: string;
  readonly monitor: string;
  readonly step: number;
  readonly epoch: number;
  readonly written: number;
  readonly wallTime: number;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly arrays: Readonly<Record<string, NamedArray>>;
}

/** The records of one tag of one run, by ascending step. */
export interface Series {
  readonly run: string;
  readonly tag: string;
  readonly kind: string;
  readonly monitor: string;
  /** Those that were loaded: of a long series a part, among them the first and the newest. */
  readonly records: readonly TrainingRecord[];
  /** When the others are, ascending; what is shown at a step is fetched first (detail.ts). */
  readonly unloaded: readonly Moment[];
  /** Steps of loaded records that charts of the whole run leave out (aside.ts). */
  readonly aside?: ReadonlySet<number>;
  /**
   * Records the monitor wrote: the largest `written`, more than there are if some were sampled away;
   * of a monitor that was told to keep fewer, those that are there.
   */
  readonly written: number;
  /** What could not be decoded, in words. */
  readonly unreadable: readonly string[];
}

/** One moment of the shared time axis: what the scrubber stops at. */
export interface Moment {
  readonly step: number;
  readonly epoch: number;
}

/** What the shell gives to a panel; signals, so that a panel redraws only for what it reads. */
export interface PanelContext {
  /** Every decoded series of the selected runs that the panel needs. */
  readonly series: ReadonlySignal<readonly Series[]>;
  /** Selected runs, in the order of the run picker. */
  readonly runs: ReadonlySignal<readonly string[]>;
  /** CSS colour of a run, the same in every panel and session. */
  runColour(run: string): string;
  /** What the scrubber stops at, ascending (timeline.ts says which moments of which runs). */
  readonly moments: ReadonlySignal<readonly Moment[]>;
  /** Where the scrubber stands: the step of one of `moments`. */
  readonly step: Signal<number>;
  /** Returns the step up to which `run` is shown; it shows its newest record at or before it. */
  stepIn(run: string): number;
  /** Moves the scrubber to where the record of `run` at `step` lies. */
  scrubToRecord(run: string, step: number): void;
  /** Content hash of the sample shown in depth. */
  readonly sample: Signal<string | null>;
  readonly dark: ReadonlySignal<boolean>;
}

export interface Download {
  readonly name: string;
  readonly blob: Blob;
}

/** What every panel exports, and is known of it before its code: one folder, one line in panels/index.ts. */
export interface Panel {
  /** As in the URL and the server's route. */
  readonly name: string;
  readonly title: string;
  /** The question the panel answers, shown beside the tabs. */
  readonly question: string;
  /** Record kinds it draws; without any of them the shell shows `recipe`. */
  readonly needs: readonly string[];
  /** Python that records what is needed, shown (to copy) when nothing was recorded. */
  readonly recipe: string;
  /** Fetches what draws it: `parts.ts` of its folder, a file of its own in the build. */
  load(): Promise<PanelParts>;
}

/** What draws a panel: the exports of its `parts.ts`. */
export interface PanelParts {
  readonly Controls: ComponentType<{ context: PanelContext }>;
  readonly Main: ComponentType<{ context: PanelContext }>;
  readonly Detail: ComponentType<{ context: PanelContext }>;
  /** CSS of its own; every rule begins with a class that names the panel. */
  readonly style?: string;
  png?(context: PanelContext): Promise<Download | null>;
  csv?(context: PanelContext): Download | null;
  /** Which runs are shown, as of which step; left out: all, as of the scrubber. */
  places?(context: PanelContext): readonly { readonly run: string; readonly step: number }[];
}
