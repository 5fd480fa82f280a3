/** One tile in figures and words: for the tooltip, the table in depth and screen readers. */
import { centreOfMass, magnitude, peak } from "../../maps/statistics";
import type { Prediction } from "../../predictions";
import { className, type Sample } from "../../samples";
import type { Model, Track } from "./model";
import { epochWords, numberWords } from "./names";
import { predictionOf, predictionWords } from "./predictions";
import type { RunMoment, RunRecords } from "./records";
import { sampleTitle } from "./samples";
import type { Drawing, ScaleName } from "./settings";
import { type Absence, isAbsence, NOT_LOADED, ofLayer, type Source } from "./sources";
import { type Content, contentOf } from "./tiles";

/** A tile's data, resolved: what it is about and what it shows. */
export interface Tile {
  readonly run: RunRecords;
  readonly track: Track;
  readonly moment: RunMoment | null;
  readonly sample: Sample;
  readonly prediction: Prediction | null;
  readonly content: Content | Absence;
}

/** Returns the tile of a track (by index), a moment (by index) and a sample. */
export function tileOf(
  model: Model,
  track: number,
  moment: number,
  sample: Sample,
  drawing: Drawing,
  scale: ScaleName,
): Tile {
  const run = model.runs.value[model.tracks.value[track].run];
  const at = run.moments[moment] ?? null;
  return {
    run,
    track: model.tracks.value[track],
    moment: at,
    sample,
    prediction: at ? predictionOf(run, at, sample.hash) : null,
    content: contentOf(
      model,
      track,
      moment,
      sample,
      drawing === "input" ? "overlay" : drawing,
      scale,
    ),
  };
}

export type Fact = readonly [name: string, value: string];

/** Returns what lies under a position, given as fractions of the input, unsmoothed. */
export function factsAt(tile: Tile, x: number, y: number): Fact[] {
  const { content } = tile;
  if (isAbsence(content)) return [["nothing here", content.reason]];
  const map = content.map();
  const column = Math.min(map.width - 1, Math.floor(x * map.width));
  const row = Math.min(map.height - 1, Math.floor(y * map.height));
  const { height, width } = content.source.probe;
  const value = numberWords(map.values[row * map.width + column]);
  const facts: Fact[] = [
    ["value", `${value} ${content.source.unit}`],
    ["cell", `row ${row}, column ${column} of ${map.height} x ${map.width}`],
    ["input", `x ${Math.floor(x * width)}, y ${Math.floor(y * height)} of ${width} x ${height}`],
  ];
  if (content.flat) facts.push(["flat", `peak ${numberWords(content.peak)}: drawn as nothing`]);
  return facts;
}

/** Returns run, moment and prediction of a tile. */
export function momentFacts({ run, track, moment, prediction, content }: Tile): Fact[] {
  const facts: Fact[] = [["run", run.run]];
  const layer = isAbsence(content) ? "" : ofLayer(content.source);
  facts.push(["method", `${track.title}${layer}`]);
  if (moment) facts.push(["moment", `${epochWords(moment.epoch)}, step ${moment.step}`]);
  const missing = content === NOT_LOADED ? "not loaded" : "not recorded";
  facts.push(["prediction", prediction ? predictionWords(prediction) : missing]);
  return facts;
}

/** Returns the target class and its output, or "not recorded". */
export function targetFacts({ content, sample }: Tile): Fact[] {
  if (isAbsence(content)) return [["target", "not recorded"]];
  const { targetClasses, targetOutputs, probe } = content.source;
  const n = probe.places.get(sample.hash) ?? -1;
  const target = targetClasses
    ? targetName(content.source, Number(targetClasses.data[n]))
    : "not recorded";
  const output = targetOutputs ? numberWords(Number(targetOutputs.data[n])) : "not recorded";
  return [["target", `${target}, logit ${output}`]];
}

/** Returns the name of class `index`; a target that is no class, such as a difference, in its words. */
export function targetName({ probe, target }: Source, index: number): string {
  return index < 0 ? target : className(probe.classNames, index);
}

/** Returns what a map says in numbers. */
export function mapFacts({ content }: Tile): Fact[] {
  if (isAbsence(content)) return [["map", content.reason]];
  const map = content.map();
  const top = peak(map);
  const centre = centreOfMass(map);
  const at = (place: { x: number; y: number } | null): string =>
    place ? `x ${place.x.toFixed(2)}, y ${place.y.toFixed(2)}` : "none is positive";
  return [
    ["largest |value|", `${numberWords(magnitude(map.values))} ${content.source.unit}`],
    ["peak", at(top)],
    ["centre of mass", at(centre)],
  ];
}

/** Returns one sentence about a tile, for screen readers. */
export function tileSentence(tile: Tile): string {
  const { run, track, moment, sample, prediction, content } = tile;
  const when = moment ? `${epochWords(moment.epoch)}, step ${moment.step}` : "no record";
  const layer = isAbsence(content) ? "" : ofLayer(content.source);
  const how = `${track.title}${layer}`;
  const what = `Sample ${sampleTitle(sample)}, run ${run.run}, ${how}, ${when}`;
  const predicted = prediction ? `predicted ${predictionWords(prediction)}` : "no prediction";
  if (isAbsence(content)) return `${what}: ${predicted}; ${content.reason}`;
  const top = peak(content.map());
  const words = top
    ? `peak ${numberWords(top.value)} ${content.source.unit} at x ${top.x.toFixed(2)}, y ${top.y.toFixed(2)}`
    : "no positive value";
  return `${what}: ${predicted}; ${words}.`;
}
