/** The two pickers of A and B, what lies between them, and what the scrubber moves. */
import type { Signal } from "@preact/signals";
import { context } from "../../context";
import { count } from "../../format";
import { epochWords } from "../../moments";
import { RunName } from "../../ui/RunName";
import { type Chosen, type End, type Ends, offered } from "./ends";
import { comparable, ends, stops, swap } from "./model";
import { chosen } from "./settings";

export function EndPickers() {
  if (!ends.value) return null;
  const { a, b } = ends.value;
  return (
    <div class="cmp-ends" data-testid="compare-ends">
      <Picker name="A" end={a} state={chosen.a} />
      <button
        type="button"
        class="cmp-swap"
        title="Exchange A and B (x)"
        aria-label="Exchange A and B"
        data-testid="compare-swap"
        onClick={swap}
      >
        ⇄
      </button>
      <Picker name="B" end={b} state={chosen.b} />
      <p class="cmp-follows mute" data-testid="compare-follows">
        {followWords(ends.value)}
      </p>
    </div>
  );
}

function followWords({ a, b }: Ends): string {
  if (a.follows && b.follows) return "Both follow the scrubber.";
  if (b.follows) return "B follows the scrubber, A is held.";
  if (a.follows) return "A follows the scrubber, B is held.";
  return "Both are held: the scrubber moves neither.";
}

interface Props {
  readonly name: "A" | "B";
  readonly end: End;
  readonly state: Signal<Chosen>;
}

const SCRUBBER = ""; // of the list of moments: wherever the scrubber stands

function Picker({ name, end, state }: Props) {
  const { run, step, follows } = end;
  const moments = offered(stops.value.get(run) ?? [], step);
  const at = follows ? SCRUBBER : String(step);
  const take = (chosenRun: string, moment: string) => {
    state.value = [chosenRun, moment];
  };
  return (
    <fieldset class="cmp-end" aria-label={name} data-testid={`compare-${name.toLowerCase()}`}>
      <b class={`cmp-letter ${name.toLowerCase()}`}>{name}</b>
      <span class="dot" style={{ background: context.runColour(run) }} />
      {comparable.value.length > 1 ? (
        <select
          aria-label={`Run of ${name}`}
          value={run}
          data-testid={`compare-${name.toLowerCase()}-run`}
          onChange={(event) => take(event.currentTarget.value, SCRUBBER)}
        >
          {comparable.value.map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </select>
      ) : (
        <RunName run={run} />
      )}
      <select
        aria-label={`Moment of ${name}`}
        value={at}
        data-testid={`compare-${name.toLowerCase()}-moment`}
        onChange={(event) => take(run, event.currentTarget.value)}
      >
        <option value={SCRUBBER}>
          {follows ? `${epochWords(end.epoch)}, step ${count(step)} · scrubber` : "at the scrubber"}
        </option>
        {moments.map((moment) => (
          <option key={moment.step} value={String(moment.step)}>
            {epochWords(moment.epoch)}, step {count(moment.step)}
          </option>
        ))}
      </select>
    </fieldset>
  );
}
