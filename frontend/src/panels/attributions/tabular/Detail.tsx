/** The sample in depth: its prediction over time, how far its explanation holds, every number. */
import type { PanelContext } from "../../../types";
import { exact } from "../../layers/draw";
import { Belief } from "../Belief";
import { FactTable } from "../FactTable";
import { momentFacts, targetFacts, tileOf } from "../facts";
import { modelOf } from "../model";
import { Probability } from "../Probability";
import { sampleTitle } from "../samples";
import { isAbsence } from "../sources";
import { byMagnitude } from "./breakdown";
import { featureWords } from "./features";
import { featureAt, type Reading, readingOf } from "./readings";

export function Detail({ context }: { readonly context: PanelContext }) {
  const model = modelOf(context, "tabular");
  const [sample, track] = [model.sample.value, model.track.value];
  if (!sample) return <p class="mute">No sample is on record.</p>;
  if (!track) return <p class="mute">No attribution is on record for these settings.</p>;
  const moment = model.scrubbed.value[track.run];
  const index = model.tracks.value.indexOf(track);
  const tile = tileOf(model, index, moment, sample, "map", "shared");
  const reading = readingOf(context, model.runs.value[track.run], track, moment, sample);
  return (
    <div class="depth" data-testid="attributions-detail">
      <h3 class="named two-lines" data-testid="detail-title">
        Sample {sampleTitle(sample)}
      </h3>
      <FactTable facts={[...momentFacts(tile), ...targetFacts(tile)]} />
      <Probability context={context} model={model} sample={sample} />
      <Belief context={context} model={model} tile={tile} moment={moment} />
      {!isAbsence(reading) && <Numbers reading={reading} />}
    </div>
  );
}

function Numbers({ reading }: { readonly reading: Reading }) {
  return (
    <>
      <h3>Every feature, in {reading.source.unit}</h3>
      <FactTable
        facts={byMagnitude(reading.values).map((f) => {
          const { feature, value } = featureAt(reading, f);
          return [featureWords(feature, value), exact(reading.values[f])];
        })}
      />
      {reading.table.values === null && (
        <p class="why">inputs are not stored in this run: features have no values here</p>
      )}
    </>
  );
}
