/** What the grounds of words mean. */
import type { PanelContext } from "../../../types";
import { InkBar } from "../InkBar";
import { drawn } from "../settings";
import { isAbsence } from "../sources";
import { readingAt, scaleOf, type TextModel } from "./model";

interface Props {
  readonly context: PanelContext;
  readonly text: TextModel;
}

export function TextLegend({ context, text }: Props) {
  const scale = shownScale(text);
  return (
    <footer class="legend" data-testid="attributions-legend">
      {scale && <InkBar context={context} {...scale} />}
      {scale && <span class="mute clip">{scaleWords(text)}</span>}
      <span class="key mute">
        <i class="gap" /> not recorded
      </span>
    </footer>
  );
}

/** Returns the scale of the sample, run and method in depth. */
function shownScale(text: TextModel) {
  const track = text.base.track.value;
  const sample = text.base.sample.value;
  if (!track || !sample) return null;
  const reading = readingAt(text, track, text.base.scrubbed.value[track.run], sample.hash);
  if (isAbsence(reading)) return null;
  return { ...scaleOf(text, track, reading, sample.hash), unit: reading.source.unit };
}

function scaleWords({ base }: TextModel): string {
  const { run, title } = base.track.value ?? { run: 0, title: "" };
  if (drawn.scale.value === "shared") return `scale: all texts and runs, ${title}`;
  const of = `sample ${base.sample.value?.name}, ${base.runs.value[run].run}`;
  return drawn.scale.value === "own"
    ? `scale: this text alone (${of})`
    : `scale: ${of}, all epochs`;
}
