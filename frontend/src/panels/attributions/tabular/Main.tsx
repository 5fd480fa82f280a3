/** What each sample of a table rests on: a list of all, and one of them in depth. */

import { moveSample } from "../../../context";
import { useKeys } from "../../../keys";
import type { Sample } from "../../../samples";
import type { PanelContext } from "../../../types";
import { MOST, shown } from "../global/settings";
import { type Model, modelOf, type Track } from "../model";
import { Missing } from "../quality/Missing";
import { sampleTitle } from "../samples";
import { isAbsence } from "../sources";
import { signColour } from "./ink";
import { readingOf } from "./readings";
import { SampleList } from "./SampleList";
import { Strip } from "./Strip";
import { Waterfalls } from "./Waterfalls";

const RECIPE = `from lightning.pytorch import Trainer
from lightning_callbacks import AttributionMonitor, Feature, Probe

# Without features, columns have numbers for names.
probe = Probe(features=[Feature("age", 0, unit="years"), Feature("income", 1)])
trainer = Trainer(callbacks=[AttributionMonitor(probe=probe)])`;

export function Main({ context }: { readonly context: PanelContext }) {
  const model = modelOf(context, "tabular");
  useKeys(keysOf(model));
  const [sample, track] = [model.sample.value, model.track.value];
  if (!sample || !track) {
    return (
      <Missing
        question="What does each prediction rest on?"
        recipe={RECIPE}
        testId="attributions-tabular"
      />
    );
  }
  return (
    <div class="att" data-testid="attributions-tabular">
      <SampleList {...{ context, model, track }} />
      <div class="att-depth">
        <div class="att-section">
          <h2>Sample {sampleTitle(sample)}</h2>
          <button
            type="button"
            class="plain"
            aria-pressed={shown.allFeatures.value}
            data-testid="tabular-all-features"
            data-screen-only
            onClick={toggleFeatures}
          >
            {shown.allFeatures.value ? "largest features only" : "all features"}
          </button>
          <span class="att-signs mute">
            {SIGNS.map(({ sign, words }) => (
              <span key={sign}>
                <i style={{ background: signColour(sign, context.dark.value) }} />
                {words}
              </span>
            ))}
          </span>
        </div>
        <Waterfalls {...{ context, model, sample }} />
        <Strips {...{ context, model, sample }} />
      </div>
    </div>
  );
}

const SIGNS = [
  { sign: 1, words: "speaks for the target" },
  { sign: -1, words: "speaks against it" },
] as const;

const SIDE_BY_SIDE = 3; // strips that fit beside one another

function toggleFeatures(): void {
  shown.allFeatures.value = !shown.allFeatures.value;
}

function keysOf(model: Model) {
  const order = () => model.samples.peek().map(({ hash }) => hash);
  return [
    { key: "ArrowUp", label: "previous sample", run: () => moveSample(-1, order()) },
    { key: "ArrowDown", label: "next sample", run: () => moveSample(1, order()) },
    { key: "f", label: "all features, or the largest", run: toggleFeatures },
  ];
}

interface Props {
  readonly context: PanelContext;
  readonly model: Model;
  readonly sample: Sample;
}

function Strips({ context, model, sample }: Props) {
  const strips = model.tracks.value.filter(
    (track) => model.runs.value[track.run].moments.length > 1,
  );
  if (strips.length === 0) return null;
  const methods = model.methods.value.length;
  // Runs below one another where methods stand side by side.
  const several = methods > 1 && methods <= SIDE_BY_SIDE;
  return (
    <section class="card" aria-label="By epoch" data-testid="tabular-strips">
      <div class="title">
        <b>The same features by epoch</b>
        <span class="mute clip">each strip on its own scale · click to go there</span>
      </div>
      <div class={`att-falls ${several ? "att-pairs" : ""}`} style={{ "--methods": methods }}>
        {strips.map((track) => (
          <TrackStrip key={`${track.run} ${track.method}`} {...{ context, model, sample, track }} />
        ))}
      </div>
    </section>
  );
}

function TrackStrip({ context, model, sample, track }: Props & { readonly track: Track }) {
  const run = model.runs.value[track.run];
  const reading = readingOf(context, run, track, model.scrubbed.value[track.run], sample);
  if (isAbsence(reading)) return null;
  const most = shown.allFeatures.value ? Number.POSITIVE_INFINITY : MOST;
  return (
    <div>
      <div class="att-method">
        <span class="dot" style={{ background: context.runColour(run.run) }} />
        <span class="clip">{run.run}</span>
        <span class="mute clip">{track.title}</span>
      </div>
      <Strip {...{ context, model, track, sample, reading, most }} />
    </div>
  );
}
