/** The sample in depth: its text by every run, what counts most in it, and since when. */
import { epochWords } from "../../../moments";
import type { Sample } from "../../../samples";
import type { PanelContext } from "../../../types";
import { Belief } from "../Belief";
import { settledFact } from "../claims";
import { FactTable } from "../FactTable";
import { momentFacts, targetFacts, tileOf } from "../facts";
import { InkBar } from "../InkBar";
import type { Model, Track } from "../model";
import { Probability } from "../Probability";
import { SumLine } from "../SumLine";
import { sampleTitle } from "../samples";
import { isAbsence } from "../sources";
import { FullText } from "./FullText";
import { readingAt, scaleOf, type TextModel, textModelOf } from "./model";
import { OverEpochs } from "./OverEpochs";
import { TopWords } from "./TopWords";

const MANY = 6; // texts under each other

export function Detail({ context }: { context: PanelContext }) {
  const text = textModelOf(context);
  const { base } = text;
  const [track, sample] = [base.track.value, base.sample.value];
  if (!sample) return <p class="mute">No sample is on record.</p>;
  if (!track) return <p class="mute">No attribution is on record for these settings.</p>;
  const moment = base.scrubbed.value[track.run];
  const tile = tileOf(base, base.tracks.value.indexOf(track), moment, sample, "map", "shared");
  return (
    <div class="depth" data-testid="attributions-detail">
      <h3 class="named two-lines" data-testid="detail-title">
        Sample {sampleTitle(sample)}
      </h3>
      {besides(base, track).map((each) => (
        <FullText key={`${each.run} ${each.method}`} {...{ context, text, sample }} track={each} />
      ))}
      <Figures {...{ context, text, sample, track, moment }} />
      <OverEpochs {...{ context, text, sample, track }} />
      <FactTable
        facts={[...momentFacts(tile), ...targetFacts(tile), ...settledFact(base, track)]}
      />
      <Probability context={context} model={base} sample={sample} />
      <Belief context={context} model={base} tile={tile} moment={moment} />
    </div>
  );
}

/** Returns the tracks to read beside `track`: all, or where those are many its method's or its run's. */
function besides({ tracks }: Model, track: Track): readonly Track[] {
  const all = tracks.value;
  if (all.length <= MANY) return all;
  const ofMethod = all.filter(({ method }) => method === track.method);
  if (ofMethod.length <= MANY) return ofMethod;
  const ofRun = all.filter(({ run }) => run === track.run);
  return ofRun.length <= MANY ? ofRun : [track];
}

interface FiguresProps {
  readonly context: PanelContext;
  readonly text: TextModel;
  readonly sample: Sample;
  readonly track: Track;
  readonly moment: number;
}

function Figures({ context, text, sample, track, moment }: FiguresProps) {
  const reading = readingAt(text, track, moment, sample.hash);
  if (isAbsence(reading)) return <p class="mute">{reading.reason}</p>;
  const { run, moments } = text.base.runs.value[track.run];
  const scale = scaleOf(text, track, reading, sample.hash);
  return (
    <>
      <InkBar context={context} {...scale} unit={reading.source.unit} />
      <SumLine source={reading.source} hash={sample.hash} />
      <h3 class="named">
        What counts in {run}, {epochWords(moments[moment].epoch)}
      </h3>
      <TopWords context={context} reading={reading} />
    </>
  );
}
