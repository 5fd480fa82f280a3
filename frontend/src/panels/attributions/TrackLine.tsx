/** One run and method of a sample in a list: who, what was predicted or how, and what they show. */
import { batch } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Sample } from "../../samples";
import type { PanelContext } from "../../types";
import type { Model, Track } from "./model";
import { predictionOf, shownWords } from "./predictions";
import { chosen } from "./settings";

interface Props {
  readonly context: PanelContext;
  readonly model: Model;
  readonly sample: Sample;
  readonly track: Track;
  readonly children: ComponentChildren;
}

export function TrackLine({ context, model, sample, track, children }: Props) {
  const { run } = model.runs.value[track.run];
  const take = () =>
    batch(() => {
      context.sample.value = sample.hash;
      chosen.run.value = run;
      chosen.method.value = track.method;
    });
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the button in it takes keys
    // biome-ignore lint/a11y/noStaticElementInteractions: the button in it says what a click does
    <div class="attr-line" data-run={run} data-method={track.method} onClick={take}>
      <button type="button" class="attr-who clip" title={`${run}, ${track.title}`}>
        <i class="dot" style={{ background: context.runColour(run) }} />
        <span class="clip">{run}</span>
      </button>
      {model.methods.value.length > 1 ? (
        <span class="mute clip attr-predicted" title={track.title}>
          {track.title}
        </span>
      ) : (
        <Predicted model={model} run={track.run} sample={sample} />
      )}
      {children}
    </div>
  );
}

interface PredictedProps {
  readonly model: Model;
  /** By index. */
  readonly run: number;
  readonly sample: Sample;
}

/** What the run predicts for the sample at the scrubbed moment. */
export function Predicted({ model, run, sample }: PredictedProps) {
  const records = model.runs.value[run];
  const at = records.moments[model.scrubbed.value[run]];
  const prediction = at && predictionOf(records, at, sample.hash);
  const words = prediction ? shownWords(prediction) : "";
  return (
    <span
      class={`clip attr-predicted ${prediction?.correct === false ? "bad" : "mute"}`}
      title={words}
    >
      {words}
    </span>
  );
}
