/** The score of the chosen sample's label over time, as lines for a chart. */

import { along } from "../../along";
import type { Line } from "../../chart/line";
import { epochName } from "../../moments";
import { trackOf } from "../../predictions";
import type { PanelContext } from "../../types";
import { tracks } from "./model";

/** Returns one line for each shown run that scores the sample. */
export function scoreLines({ runs, sample, runColour }: PanelContext): Line[] {
  const hash = sample.value ?? "";
  return runs.value.flatMap((run) => {
    const track = trackOf(tracks.value, run, hash);
    if (!track) return [];
    const n = track.probe.places.get(hash) ?? -1;
    const y = track.records.map(({ arrays }) => Number(arrays.label_score.data[n] ?? Number.NaN));
    if (y.every(Number.isNaN)) return [];
    return [
      {
        label: run,
        colour: runColour(run),
        ...along(
          run,
          "predictions",
          track.records.map(({ step }) => step),
        ),
        y,
      },
    ];
  });
}

/** What the scores are, by the activation that the records name. */
export function scoreName(): string {
  const activation = tracks.value[0]?.records[0]?.fields.activation;
  return activation === "none" ? "Output" : "Probability";
}

/** An epoch, or a place between two, in a few letters. */
export function formatEpoch(epoch: number): string {
  return Number.isInteger(epoch) ? epochName(epoch) : epoch.toFixed(2);
}
