/** The sample in depth: all its channels by one run, what counts, and since when. */
import { epochWords } from "../../../moments";
import type { Sample } from "../../../samples";
import type { PanelContext } from "../../../types";
import { Belief } from "../Belief";
import { settledFact } from "../claims";
import { FactTable } from "../FactTable";
import { momentFacts, type Tile, targetFacts, tileOf } from "../facts";
import { InkBar } from "../InkBar";
import { type Model, modelOf } from "../model";
import { Probability } from "../Probability";
import { SumLine } from "../SumLine";
import { sampleTitle } from "../samples";
import { drawn } from "../settings";
import { isAbsence } from "../sources";
import { Channels } from "./Channels";
import { OverEpochs } from "./OverEpochs";
import { Plot } from "./Plot";

export function Detail({ context }: { context: PanelContext }) {
  const model = modelOf(context, "series");
  const [track, sample] = [model.track.value, model.sample.value];
  if (!sample) return <p class="mute">No sample is on record.</p>;
  if (!track) return <p class="mute">No attribution is on record for these settings.</p>;
  const moment = model.scrubbed.value[track.run];
  const index = model.tracks.value.indexOf(track);
  const tile = tileOf(model, index, moment, sample, "map", drawn.scale.value);
  return (
    <div class="depth" data-testid="attributions-detail">
      <h3 class="named two-lines" data-testid="detail-title">
        Sample {sampleTitle(sample)}
      </h3>
      <InDepth {...{ context, tile, sample }} />
      <OverEpochs {...{ context, model, track, sample }} />
      <FactTable
        facts={[...momentFacts(tile), ...targetFacts(tile), ...settledFact(model, track)]}
      />
      <Probability context={context} model={model} sample={sample} />
      <Belief context={context} model={model} tile={believed(model, tile)} moment={moment} />
    </div>
  );
}

/** Whether a map is flat is told beside all maps of its method, whatever it is drawn on. */
function believed(model: Model, { track, sample }: Tile): Tile {
  const index = model.tracks.value.indexOf(track);
  return tileOf(model, index, model.scrubbed.value[track.run], sample, "map", "shared");
}

const PITCH = 58; // pixels of a channel
const MANY = 8; // channels; more are drawn lower

interface InDepthProps {
  readonly context: PanelContext;
  readonly tile: Tile;
  readonly sample: Sample;
}

function InDepth({ context, tile, sample }: InDepthProps) {
  const { content, run, moment } = tile;
  if (isAbsence(content)) return <p class="mute">{content.reason}</p>;
  const count = content.source.maps.shape[1];
  const channels = Array.from({ length: count }, (_, channel) => channel);
  const who = `${run.run}, ${epochWords(moment?.epoch ?? 0)}`;
  return (
    <>
      <div class="attr-channels">
        <Plot
          {...{ context, content, sample, channels, who }}
          pitch={count > MANY ? PITCH / 2 : PITCH}
          labelled
          testId="detail-canvas"
        />
      </div>
      <InkBar context={context} {...content.scale} unit={content.source.unit} />
      <SumLine source={content.source} hash={sample.hash} />
      {count > 1 && <Channels context={context} content={content} />}
    </>
  );
}
