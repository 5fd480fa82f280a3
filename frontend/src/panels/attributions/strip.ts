/** The film strip's state: what its component, its painter and its listeners share. */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { PanelContext } from "../../types";
import type { Claim } from "./claims";
import { type Layout, layoutOf, type Rows, type Subject } from "./layout";
import { currentLook, lookKey } from "./look";
import { type Model, modelOf } from "./model";
import type { Scene } from "./scene";
import { chosen, drawn } from "./settings";
import { themeAt } from "./theme";

export interface View {
  readonly width: number;
  readonly height: number;
}

/** What the film strip's component and its listeners share. */
export interface Strip {
  readonly context: PanelContext;
  readonly model: Model;
  readonly view: Signal<View>;
  readonly layout: ReadonlySignal<Layout>;
  readonly claims: Signal<readonly Claim[]>;
  readonly hovered: Signal<Subject | null>;
  readonly focused: Signal<boolean>;
}

export function newStrip(context: PanelContext): Strip {
  const model = modelOf(context);
  const view = signal<View>({ width: 0, height: 0 });
  const layout = computed(() =>
    layoutOf({
      name: model.layout.value,
      tracks: model.tracks.value.length,
      rowsOf: rowsOf(model),
      moments: model.columns.value.length,
      tile: chosen.tile.value === null ? null : Math.round(chosen.tile.value),
      aspect: aspectOf(model),
      viewWidth: view.value.width,
    }),
  );
  const claims = signal<readonly Claim[]>([]);
  return { context, model, view, layout, claims, hovered: signal(null), focused: signal(false) };
}

/** Below this an edge would be as conspicuous as the tile. */
const EDGED_FROM = 16; // pixels

/** A run whose probe lacks a sample takes no row of it. */
function rowsOf({ samples, tracks, runs }: Model): Rows {
  return samples.value.map(({ hash }) =>
    tracks.value.flatMap(({ run }, t) =>
      runs.value[run].probes.some(({ places }) => places.has(hash)) ? [t] : [],
    ),
  );
}

/** Height over width of the first probe's inputs, within what a strip can show. */
function aspectOf(model: Model): number {
  const probe = model.runs.value.flatMap(({ probes }) => probes)[0];
  return probe ? Math.max(0.25, Math.min(4, probe.height / probe.width)) : 1;
}

/** Returns the subject in depth, in the layout's terms; null where it is not shown. */
export function selectedSubject({ model }: Strip): Subject | null {
  const sample = model.samples.value.findIndex(({ hash }) => hash === model.sample.value?.hash);
  const track = model.track.value ? model.tracks.value.indexOf(model.track.value) : -1;
  if (sample < 0 || track < 0) return null;
  if (model.layout.value === "moment") return { track, sample, column: -1 };
  const { run } = model.tracks.value[track];
  const moment = model.scrubbed.value[run];
  const column = model.columns.value.findIndex(({ moments }) => moments[run] === moment);
  return moment < 0 || column < 0 ? null : { track, sample, column };
}

/** Returns all that a frame is drawn from; reads every signal it depends on. */
export function sceneOf(strip: Strip, scroller: Element, ratio: number): Scene {
  const { model, layout, context } = strip;
  const look = currentLook(context.dark.value);
  const theme = themeAt(scroller);
  return {
    model,
    layout: layout.value,
    columns: model.columns.value,
    left: scroller.scrollLeft,
    top: scroller.scrollTop,
    ...strip.view.value,
    ratio,
    theme,
    look,
    lookKey: lookKey(look),
    drawing: drawn.drawing.value,
    scaleName: drawn.scale.value,
    // A CSS variable means nothing to a canvas; it stands for a run without a colour.
    runColour: (run) => {
      const colour = context.runColour(run);
      return colour.startsWith("var(") ? theme.mute : colour;
    },
    selected: selectedSubject(strip),
    hovered: strip.hovered.value,
    focused: strip.focused.value,
    edged: context.dark.value && layout.value.tile >= EDGED_FROM,
  };
}
