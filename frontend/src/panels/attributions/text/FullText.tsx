/** The whole text as one run and method read it. */
import { batch } from "@preact/signals";
import { epochWords } from "../../../moments";
import type { Sample } from "../../../samples";
import type { PanelContext } from "../../../types";
import type { Track } from "../model";
import { chosen } from "../settings";
import { isAbsence } from "../sources";
import { readingAt, scaleOf, type TextModel } from "./model";
import { ShadedWords } from "./ShadedWords";

/** More words than these are cut: nobody reads them in a column. */
const MOST = 800;

interface Props {
  readonly context: PanelContext;
  readonly text: TextModel;
  readonly sample: Sample;
  readonly track: Track;
}

export function FullText({ context, text, sample, track }: Props) {
  const { base } = text;
  const run = base.runs.value[track.run];
  if (!run.probes.some(({ places }) => places.has(sample.hash))) return null;
  const moment = base.scrubbed.value[track.run];
  const reading = readingAt(text, track, moment, sample.hash);
  const inDepth = base.track.value === track;
  const take = () =>
    batch(() => {
      chosen.run.value = run.run;
      chosen.method.value = track.method;
    });
  return (
    <figure
      class={`attr-full ${inDepth ? "on" : ""}`}
      data-run={run.run}
      data-method={track.method}
    >
      <figcaption>
        <button type="button" class="attr-who clip" aria-pressed={inDepth} onClick={take}>
          <i class="dot" style={{ background: context.runColour(run.run) }} />
          <span class="clip" title={run.run}>
            {run.run}
          </span>
          {base.methods.value.length > 1 && <span class="mute clip">{track.title}</span>}
        </button>
      </figcaption>
      {isAbsence(reading) ? (
        <p class="mute">{reading.reason}</p>
      ) : (
        <p class="attr-text" data-testid={inDepth ? "attributions-full-text" : undefined}>
          <ShadedWords
            {...{ context, reading }}
            scale={scaleOf(text, track, reading, sample.hash)}
            first={0}
            end={reading.words.length > MOST ? MOST : reading.words.length}
            who={`${run.run}, ${epochWords(run.moments[moment].epoch)}`}
          />
        </p>
      )}
    </figure>
  );
}
