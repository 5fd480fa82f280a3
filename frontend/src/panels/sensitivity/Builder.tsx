/** The plan builder: what may be kept, how it is shared out, what is left alone. */

import { useEffect } from "preact/hooks";
import { epochWords } from "../../moments";
import { Check } from "../../ui/Check";
import type { Choice } from "../../ui/Segmented";
import { Select } from "../../ui/Select";
import { Slider } from "../../ui/Slider";
import { Term } from "../../ui/Term";
import { into } from "../attributions/bind";
import { budgetWords, keepAt, placeOfKeep } from "./asking";
import {
  allocator,
  allocators,
  ask,
  budgetOf,
  budgets,
  deepest,
  keep,
  pins,
  query,
  rivals,
  source,
} from "./drafting";
import { edit, focus, trackName } from "./model";
import { asked, type BudgetOf } from "./settings";
import { estimateName } from "./words";

const AFTER = 150; // ms without a change until the other allocators are asked as well
const BUDGETS: Readonly<Record<BudgetOf, string>> = {
  parameters: "weights kept",
  macs: "MACs kept",
  latency: "measured time kept",
  bytes: "bytes kept",
  kl: "predicted KL allowed",
};
const NUMBERS = ["1", "2", "4", "8", "16", "32", "64"] as const;
type Numeral = (typeof NUMBERS)[number];
const NUMERALS: readonly Choice<Numeral>[] = NUMBERS.map((value) => ({ value, label: value }));

export function Builder() {
  useAnswers();
  const of = budgetOf.value;
  return (
    <section aria-label="Plan builder" data-testid="plan-builder">
      <h3>Plan builder</h3>
      <From />
      <Select
        label="Budget"
        choices={budgets.value.map((value) => ({ value, label: BUDGETS[value] }))}
        value={of}
        testId="plan-budget"
        onChange={into(budgetOf)}
      />
      <Slider
        label="Keep"
        min={0}
        max={1}
        step={0.005}
        value={placeOfKeep(of, keep.value, deepest.value)}
        format={() => budgetWords(of, keep.value)}
        testId="plan-keep"
        onChange={(place) => {
          keep.value = keepAt(of, place, deepest.value);
        }}
      />
      <div class="with-term">
        <Select
          label="Allocator"
          choices={allocators.value.map(({ name, label }) => ({ value: name, label }))}
          value={allocator.value}
          testId="plan-allocator"
          onChange={into(allocator)}
        />
        <Term group="allocators" name={allocator.value} label="?" />
      </div>
      <Constraints />
    </section>
  );
}

/** Asks the server for what is shown: the plan in the making at once, the others in a pause. */
function useAnswers(): void {
  const own = query.value;
  const others = [...rivals.value, ...pins.value];
  useEffect(() => {
    if (own === null) return;
    const stop = new AbortController();
    void ask(own, stop.signal);
    return () => stop.abort();
  }, [own]);
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => {
      for (const each of others) void ask(each, stop.signal);
    }, AFTER);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [others.join(" ")]);
}

function From() {
  const reading = source.value;
  const track = focus.value;
  if (!reading || !track) {
    return (
      <p class="mute">No divergences were recorded up to here, and plans are made of these.</p>
    );
  }
  const { estimate, epoch } = reading;
  return (
    <p class="se-small mute" data-testid="plan-source">
      from the {estimate === null ? "exact scan" : `${estimateName(estimate)} estimate`} of{" "}
      {epochWords(epoch)} in {trackName(track)}
    </p>
  );
}

function Constraints() {
  const { frozen } = asked;
  return (
    <>
      <div class="se-checks">
        <Check
          label="keep first"
          checked={asked.keepFirst.value}
          testId="plan-first"
          onChange={into(asked.keepFirst)}
        />
        <Check
          label="keep last"
          checked={asked.keepLast.value}
          testId="plan-last"
          onChange={into(asked.keepLast)}
        />
      </div>
      {edit.value === "channel" && (
        <Select
          label="Widths a multiple of"
          choices={NUMERALS}
          value={numeral(asked.multiple.value)}
          testId="plan-multiple"
          onChange={(value) => {
            asked.multiple.value = Number(value);
          }}
        />
      )}
      {(edit.value === "channel" || edit.value === "heads") && (
        <Select
          label="Keep at least"
          choices={NUMERALS}
          value={numeral(asked.minimum.value)}
          testId="plan-minimum"
          onChange={(value) => {
            asked.minimum.value = Number(value);
          }}
        />
      )}
      {frozen.value.length > 0 && (
        <p class="row se-small">
          <span class="mute">{frozen.value.length} frozen below</span>
          <button
            type="button"
            class="plain"
            onClick={() => {
              frozen.value = [];
            }}
          >
            thaw all
          </button>
        </p>
      )}
    </>
  );
}

function numeral(value: number): Numeral {
  return NUMBERS.find((each) => Number(each) === value) ?? "1";
}
