/** The scale that the tile in depth is drawn on, in figures and words. */
import type { Scale } from "../../maps/scale";
import { scaleKey } from "./limits";
import { type Model, present } from "./model";
import { againstWords } from "./reference";
import { drawn } from "./settings";
import { isAbsence, ofLayer, type Source } from "./sources";
import { contentOf } from "./tiles";

export interface ShownScale extends Scale {
  readonly unit: string;
  /** What it holds for. */
  readonly words: string;
}

/** Returns the scale of the sample, run and method in depth at the scrubbed moment; null: none. */
export function shownScale(model: Model): ShownScale | null {
  const track = model.track.value;
  const source = track && present(track).at(-1);
  if (!track || !source) return null;
  const name = drawn.scale.value;
  const unit = source.unit;
  if (name === "shared") return { ...sharedScale(model, source), unit, words: sharedWords(source) };
  const sample = model.sample.value;
  const index = model.tracks.value.indexOf(track);
  const moment = model.scrubbed.value[track.run];
  if (!sample || moment < 0) return null;
  const content = contentOf(model, index, moment, sample, drawn.drawing.value, name);
  if (isAbsence(content)) return null;
  const { run } = model.runs.value[track.run];
  const of = `sample ${sample.name}, ${run}`;
  const words = name === "own" ? `scale: this tile alone (${of})` : `scale: ${of}, all epochs`;
  return { ...content.scale, unit, words: `${words}${differenceWords(model)}` };

  function sharedWords(source: Source): string {
    const of = `scale: all maps of ${source.title}${ofLayer(source)}`;
    return `${of}${differenceWords(model)}`;
  }
}

function sharedScale(model: Model, source: Source): Scale {
  const key = scaleKey(source);
  if (drawn.drawing.value === "difference") {
    return { limit: model.differenceLimits.value.get(key) ?? 0, signed: true };
  }
  return { limit: model.limits.value.get(key)?.shared ?? 0, signed: source.signed };
}

function differenceWords(model: Model): string {
  if (drawn.drawing.value !== "difference") return "";
  return `; difference from ${againstWords(model.against.value)}`;
}
