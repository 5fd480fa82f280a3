/** One scrubber for everything: play, axis, exact place, track, how much is shown. */
import { signal } from "@preact/signals";
import { axis, context, scrubTo, timeline } from "../context";
import { count } from "../format";
import { epochsAgree, epochWords } from "../moments";
import { current } from "../panels/current";
import { series } from "../state";
import type { Moment } from "../types";
import { Segmented } from "../ui/Segmented";
import { playing, togglePlay } from "./play";
import { Track } from "./Track";

const APART =
  "The shown runs have different numbers of steps per epoch: each shows its newest record at or before this epoch.";

/** What is being typed into the exact-place box; null while it shows the scrubber's place. */
const typed = signal<string | null>(null);

export function Footer() {
  const moment = context.moments.value.find(({ step }) => step === context.step.value);
  const byEpoch = axis.value === "epoch";
  return (
    <footer class="foot">
      <button
        type="button"
        class="play"
        aria-label={playing.value ? "Pause" : "Play"}
        data-testid="play"
        disabled={context.moments.value.length < 2}
        onClick={togglePlay}
      >
        {playing.value ? "❚❚" : "▶"}
      </button>
      <Segmented
        label="Time axis"
        choices={[
          { value: "epoch", label: "epoch" },
          { value: "step", label: "step" },
        ]}
        value={axis.value}
        testId="axis"
        onChange={(value) => {
          axis.value = value;
          typed.value = null;
        }}
      />
      <input
        type="text"
        class="goto"
        inputMode="numeric"
        disabled={!moment}
        aria-label={`Go to ${axis.value}`}
        value={typed.value ?? (moment ? String(byEpoch ? moment.epoch : moment.step) : "")}
        data-testid="goto"
        onInput={(event) => {
          typed.value = event.currentTarget.value;
        }}
        onChange={goTo}
        onBlur={() => {
          typed.value = null;
        }}
      />
      <span class="where mute num" data-testid="moment" title={timeline.value.apart ? APART : ""}>
        {moment && otherwise(moment)}
      </span>
      <Track />
      <Kept />
    </footer>
  );
}

/** The moment in the unit that is not the axis', where that is the same for all runs. */
function otherwise({ step, epoch }: Moment): string {
  if (axis.value === "step") return epochsAgree(series.value) ? epochWords(epoch) : "";
  return timeline.value.apart ? "steps differ" : `step ${count(step)}`;
}

function goTo(): void {
  const wanted = Number.parseFloat(typed.value?.replaceAll(",", "") ?? "");
  typed.value = null;
  if (!Number.isNaN(wanted)) scrubTo(wanted);
}

function Kept() {
  const needed = series.value.filter(({ kind }) => current.value.needs.includes(kind));
  const shown = needed.reduce((sum, { records }) => sum + records.length, 0);
  const written = needed.reduce((sum, entry) => sum + entry.written, 0);
  if (written === 0) return null;
  const sampled = shown < written;
  return (
    <span
      class={`kept num ${sampled ? "warn" : "mute"}`}
      data-testid="kept"
      title={
        sampled
          ? "TensorBoard kept a sample, or some could not be read. Start it with --samples_per_plugin=tb_explain=100000,tb_explain_blobs=100000 to see all."
          : "Nothing was sampled away."
      }
    >
      {sampled ? "showing" : "every record ·"} {count(shown)} of {count(written)}
      {sampled ? " records" : ""}
    </span>
  );
}
