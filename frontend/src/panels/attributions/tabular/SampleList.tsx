/** All samples of the probe: what was predicted, and what it rests on most. */
import { plural } from "../../../format";
import type { Sample } from "../../../samples";
import type { PanelContext } from "../../../types";
import { SUSPECT } from "../account";
import type { Model, Track } from "../model";
import { predictionOf, shownWords } from "../predictions";
import { isAbsence } from "../sources";
import { byMagnitude } from "./breakdown";
import { featureWords } from "./features";
import { barColour } from "./ink";
import { featureAt, type Reading, readingOf } from "./readings";
import { attributedWords } from "./words";

const TOP = 3; // features named of each sample

interface Props {
  readonly context: PanelContext;
  readonly model: Model;
  readonly track: Track;
}

export function SampleList({ context, model, track }: Props) {
  const { run } = model.runs.value[track.run];
  const samples = model.samples.value;
  return (
    <section class="card att-list" aria-label="Samples" data-testid="tabular-samples">
      <div class="title">
        <b>{plural(samples.length, "sample")}</b>
        <span class="mute clip">
          by {track.title} in {run}: its largest features
        </span>
      </div>
      <div class="att-scroll">
        <table>
          <tbody>
            {samples.map((sample) => (
              <Row key={sample.hash} {...{ context, model, track, sample }} />
            ))}
          </tbody>
        </table>
      </div>
      {samples.length === 0 && <p class="mute">No sample passes the filter.</p>}
    </section>
  );
}

function Row({ context, model, track, sample }: Props & { readonly sample: Sample }) {
  const run = model.runs.value[track.run];
  const moment = model.scrubbed.value[track.run];
  const at = run.moments[moment];
  const prediction = at ? predictionOf(run, at, sample.hash) : null;
  const reading = readingOf(context, run, track, moment, sample);
  const take = () => {
    context.sample.value = sample.hash;
  };
  const on = model.sample.value?.hash === sample.hash;
  return (
    <tr
      class={on ? "on" : ""}
      data-testid="tabular-sample"
      data-sample={sample.hash}
      onClick={take}
    >
      <th scope="row">
        <button type="button" class="plain" aria-pressed={on}>
          {sample.name}
        </button>
      </th>
      <td class="clip">{sample.label ?? "no label"}</td>
      <td class={`num ${prediction?.correct === false ? "bad" : "mute"}`}>
        {prediction ? shownWords(prediction) : "–"}
      </td>
      <td class="att-tops">
        {isAbsence(reading) ? (
          <span class="mute">{reading.reason}</span>
        ) : (
          <Tops reading={reading} dark={context.dark.value} />
        )}
      </td>
    </tr>
  );
}

function Tops({ reading, dark }: { readonly reading: Reading; readonly dark: boolean }) {
  const { values, sum } = reading;
  return (
    <div>
      {byMagnitude(values)
        .slice(0, TOP)
        .map((f) => {
          const { feature, value } = featureAt(reading, f);
          return (
            <span key={f} class="att-top clip" title={featureWords(feature, value)}>
              <i style={{ background: barColour(reading, values[f], dark) }} />
              <span class="num mute">{attributedWords(reading, values[f])}</span>{" "}
              {featureWords(feature, value)}
            </span>
          );
        })}
      {sum && sum.error > SUSPECT && (
        <span class="warn" title="The values miss the output: see the waterfall">
          !
        </span>
      )}
    </div>
  );
}
