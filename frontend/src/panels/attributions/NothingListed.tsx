/** Why a list of samples is empty, and what to do. */
import type { Model } from "./model";

/** `inputs`: what its samples are, many of them. */
export function NothingListed({ model, inputs }: { model: Model; inputs: string }) {
  const { allSamples, samples, tracks } = model;
  if (samples.value.length > 0 && tracks.value.length > 0) return null;
  const words =
    allSamples.value.length === 0
      ? `The shown runs have no ${inputs} on record.`
      : tracks.value.length === 0
        ? "No shown run has attributions of this method and target: choose others at the left."
        : "No sample of the shown runs matches: choose “all” under Samples.";
  return (
    <p class="mute attr-nothing" data-testid="attributions-nothing">
      {words}
    </p>
  );
}
