/** Lines of one unit over levels: several moments of several runs. */
import type { Line } from "../../chart/line";
import { epochWords } from "../../moments";
import { curveOf, errorsOf, type Measure, type Reading } from "./readings";

const MOMENTS = 4; // lines of a run: more can't be told apart
const FAINTEST = 0.35;

/** Returns the readings to draw: evenly spaced up to `last`, that one among them. */
export function spreadOut(readings: readonly Reading[], last: Reading): readonly Reading[] {
  const upTo = readings.slice(0, readings.indexOf(last) + 1);
  if (upTo.length <= MOMENTS) return upTo;
  const places = Array.from({ length: MOMENTS }, (_, i) =>
    Math.round((i / (MOMENTS - 1)) * (upTo.length - 1)),
  );
  return places.map((place) => upTo[place]);
}

/** Returns a line for each of `readings` that holds the unit, older ones fainter. */
export function linesOf(
  readings: readonly Reading[],
  unit: string,
  measure: Measure,
  run: { readonly name: string; readonly colour: string },
): Line[] {
  return readings.flatMap((reading, i) => {
    const y = [...curveOf(reading, measure, unit)];
    if (!y.some(Number.isFinite)) return [];
    const newest = i === readings.length - 1;
    const strength = FAINTEST + (1 - FAINTEST) * ((i + 1) / readings.length);
    const label = `${run.name}, ${epochWords(reading.epoch)}`;
    const error = newest ? [...errorsOf(reading, measure, unit)] : [];
    return {
      label: reading.estimate === null ? label : `${label} (estimate)`,
      colour: faded(run.colour, strength),
      x: y.map((_, level) => level),
      y,
      dashed: reading.estimate !== null,
      ...(error.length > 0 ? { error } : {}),
    };
  });
}

/** Returns a colour "#rrggbb" with less than all of its opacity; another one as it is. */
export function faded(colour: string, strength: number): string {
  const alpha = Math.round(255 * strength).toString(16);
  return /^#[0-9a-f]{6}$/i.test(colour) ? `${colour}${alpha.padStart(2, "0")}` : colour;
}
