/** One sample as a line of words for every run and method, each cut to what fits. */
import { useRef } from "preact/hooks";
import { epochWords } from "../../../moments";
import type { Sample } from "../../../samples";
import type { PanelContext } from "../../../types";
import type { Track } from "../model";
import { useNear } from "../near";
import { SampleHead } from "../SampleHead";
import { sampleTitle } from "../samples";
import { isAbsence } from "../sources";
import { TrackLine } from "../TrackLine";
import { widthsOf } from "./fit";
import { readingAt, scaleOf, type TextModel } from "./model";
import type { Reading } from "./reading";
import { ShadedWords } from "./ShadedWords";
import { excerpt } from "./words";

interface Props {
  readonly context: PanelContext;
  readonly text: TextModel;
  readonly sample: Sample;
  /** Of the list, in pixels. */
  readonly width: number;
}

/** Of a line, before its words; list.css has it too. */
const BEFORE_WORDS = 290; // pixels
/** Room for the dots where words are left out. */
const DOTS = 56; // pixels
const LINE = 28; // pixels, as in list.css
const NONE = [0, 0] as const;
const FONT = "13px Roboto, Inter, system-ui, sans-serif";

export function SampleLines({ context, text, sample, width }: Props) {
  const { base } = text;
  const host = useRef<HTMLElement>(null);
  const near = useNear(host);
  const own = base.tracks.value.filter(({ run }) => {
    return base.runs.value[run].probes.some(({ places }) => places.has(sample.hash));
  });
  const range = near ? rangeOf(text, own, sample, width - BEFORE_WORDS - DOTS) : NONE;
  const inDepth = base.sample.value?.hash === sample.hash;
  return (
    <article
      ref={host}
      class={`attr-sample ${inDepth ? "on" : ""}`}
      data-sample={sample.hash}
      aria-label={sampleTitle(sample)}
    >
      <SampleHead context={context} model={base} sample={sample} />
      {!near && <div style={{ height: `${own.length * LINE}px` }} />}
      {(near ? own : []).map((track) => (
        <Line key={`${track.run} ${track.method}`} {...{ context, text, sample, track, range }} />
      ))}
    </article>
  );
}

/** Returns which words all lines show: with the one that counts most among them. */
function rangeOf(text: TextModel, tracks: readonly Track[], { hash }: Sample, room: number) {
  const readings = tracks.flatMap((track): Reading[] => {
    const reading = readingAt(text, track, text.base.scrubbed.value[track.run], hash);
    return isAbsence(reading) ? [] : [reading];
  });
  const first = readings[0];
  if (!first) return [0, 0] as const;
  const peak = first.values.indexOf(
    first.values.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0),
  );
  const sizes = widthsOf(first.words, FONT);
  return excerpt(sizes.slice(0, sizes.length - first.padding), room, Math.max(0, peak));
}

interface LineProps extends Omit<Props, "width"> {
  readonly track: Track;
  readonly range: readonly [first: number, end: number];
}

function Line({ context, text, sample, track, range }: LineProps) {
  const { base } = text;
  const run = base.runs.value[track.run];
  const at = base.scrubbed.value[track.run];
  const reading = readingAt(text, track, at, sample.hash);
  const moment = run.moments[at];
  return (
    <TrackLine context={context} model={base} sample={sample} track={track}>
      {isAbsence(reading) ? (
        <span class={`mute clip ${reading.gap ? "attr-gap" : ""}`} title={reading.reason}>
          {reading.reason}
        </span>
      ) : (
        <ShadedWords
          {...{ context, reading }}
          scale={scaleOf(text, track, reading, sample.hash)}
          first={range[0]}
          end={range[1]}
          who={`${run.run}, ${epochWords(moment?.epoch ?? 0)}`}
        />
      )}
    </TrackLine>
  );
}
