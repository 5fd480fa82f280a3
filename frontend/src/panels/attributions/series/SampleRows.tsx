/** One sample by every run and method: its channels over grounds that show what they count. */
import { useRef } from "preact/hooks";
import { epochWords } from "../../../moments";
import type { Sample } from "../../../samples";
import type { PanelContext } from "../../../types";
import type { Model, Track } from "../model";
import { useNear } from "../near";
import { SampleHead } from "../SampleHead";
import { sampleTitle } from "../samples";
import { drawn } from "../settings";
import { isAbsence } from "../sources";
import { TrackLine } from "../TrackLine";
import { contentOf } from "../tiles";
import { Plot } from "./Plot";

interface Props {
  readonly context: PanelContext;
  readonly model: Model;
  readonly sample: Sample;
}

const PITCH = 30; // pixels of a channel
const MOST = 4; // channels of a line; the sample in depth shows all

export function SampleRows({ context, model, sample }: Props) {
  const host = useRef<HTMLElement>(null);
  const near = useNear(host);
  const own = model.tracks.value.filter(({ run }) => {
    return model.runs.value[run].probes.some(({ places }) => places.has(sample.hash));
  });
  const inDepth = model.sample.value?.hash === sample.hash;
  return (
    <article
      ref={host}
      class={`attr-sample ${inDepth ? "on" : ""}`}
      data-sample={sample.hash}
      aria-label={sampleTitle(sample)}
    >
      <SampleHead context={context} model={model} sample={sample} />
      {own.map((track) => (
        <TrackLine key={`${track.run} ${track.method}`} {...{ context, model, sample, track }}>
          <Row {...{ context, model, sample, track }} near={near} />
        </TrackLine>
      ))}
    </article>
  );
}

function Row({ context, model, sample, track, near }: Props & { track: Track; near: boolean }) {
  const moment = model.scrubbed.value[track.run];
  const index = model.tracks.value.indexOf(track);
  const content = contentOf(model, index, moment, sample, "map", drawn.scale.value);
  if (isAbsence(content)) {
    return (
      <span class={`mute clip ${content.gap ? "attr-gap" : ""}`} title={content.reason}>
        {content.reason}
      </span>
    );
  }
  const all = content.source.maps.shape[1];
  const channels = Array.from({ length: Math.min(all, MOST) }, (_, channel) => channel);
  const { run, moments } = model.runs.value[track.run];
  if (!near) return <span style={{ height: `${channels.length * PITCH}px` }} />;
  return (
    <span class="attr-row">
      <Plot
        {...{ context, content, sample, channels }}
        pitch={PITCH}
        who={`${run}, ${epochWords(moments[moment].epoch)}`}
      />
      {all > MOST && <small class="mute">and {all - MOST} more channels, at the right</small>}
    </span>
  );
}
