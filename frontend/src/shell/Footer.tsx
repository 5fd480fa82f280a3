/** One scrubber for everything: play, axis, exact place, track, how much is shown. */
import { signal } from "@preact/signals";
import { answers } from "../api";
import { axis, context, scrubTo, timeline, wanted } from "../context";
import { count } from "../format";
import { epochName, epochsAgree, epochWords } from "../moments";
import { current } from "../panels/current";
import { keepOf } from "../series";
import { series } from "../state";
import type { Moment, Series } from "../types";
import { Segmented } from "../ui/Segmented";
import { playing, togglePlay } from "./play";
import { announce } from "./Toast";
import { Track } from "./Track";

const APART =
  "The shown runs have different numbers of steps per epoch: each shows its newest record at or before this epoch.";

/** What is being typed into the exact-place box; null while it shows the scrubber's place. */
const typed = signal<string | null>(null);

export function Footer() {
  const moment = context.moments.value.find(({ step }) => step === wanted.value);
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
  if (Number.isNaN(wanted)) return;
  const words = outsideWords(wanted);
  if (words) announce(words);
  scrubTo(wanted);
}

/** Returns why one gets elsewhere than to `place` on the axis; "" if there is such a place. */
function outsideWords(place: number): string {
  const by = axis.peek();
  const name = by === "step" ? count : epochName;
  const ends = [context.moments.peek()[0], context.moments.peek().at(-1)].map((end) => end?.[by]);
  const [first = place, last = place] = ends;
  if (place > last) return `There is no ${by} ${name(place)}: the last is ${name(last)}.`;
  return place < first ? `There is no ${by} ${place}: the first is ${name(first)}.` : "";
}

function Kept() {
  const needed = series.value.filter(({ kind }) => current.value.needs.includes(kind));
  const loaded = needed.reduce((sum, { records }) => sum + records.length, 0);
  const there = needed.reduce((sum, { unloaded }) => sum + unloaded.length, loaded);
  const written = needed.reduce((sum, entry) => sum + entry.written, 0);
  if (written === 0) return null;
  const sampled = there < written;
  const whole = !sampled && loaded === there;
  // Of those that a monitor was told to keep, all are there; it wrote more.
  const told = needed.reduce((sum, entry) => sum + toldOf(entry), 0);
  const all = Math.max(written, told);
  return (
    <span
      class={`kept num ${sampled ? "warn" : "mute"}`}
      data-testid="kept"
      title={
        [sampled && sampledWords(), loaded < there && PARTIAL, keepWords(needed)]
          .filter(Boolean)
          .join("\n") || WHOLE
      }
    >
      {whole && all > written ? "kept" : whole ? "every record ·" : "showing"} {count(loaded)} of{" "}
      {count(all)}
      {whole && all === written ? "" : " records"}
    </span>
  );
}

const WHOLE = "Nothing was sampled away.";

const PARTIAL =
  "Of many records some are shown at once, evenly over time: charts draw those. The scrubber stops at every one: it is fetched when you get there. CSV fetches all.";

/** How many records the monitor says that it wrote. */
const toldOf = ({ records }: Series): number =>
  records.reduce((most, { written }) => Math.max(most, written), 0);

/** Which records monitors were told to keep; "" where that is all. */
function keepWords(shown: readonly Series[]): string {
  const words = shown.flatMap(({ monitor, records }) => {
    const last = records.at(-1);
    const keep = last && keepOf(last.fields);
    return keep ? [`${monitor} keeps ${keep}; older ones are gone, as it was told (keep=).`] : [];
  });
  return [...new Set(words)].join("\n");
}

function sampledWords(): string {
  return answers().live
    ? "TensorBoard kept a sample, or some could not be read. Start it with --samples_per_plugin=tb_explain=100000,tb_explain_blobs=100000 to see all."
    : "Records were left out of this report so that it stays small, or some could not be read. tb-explain export --max-size 0 keeps all.";
}
