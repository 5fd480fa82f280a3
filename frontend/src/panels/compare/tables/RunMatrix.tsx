/** Every shown run against every other: a click makes the two A and B. */
import { batch, computed } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { context } from "../../../context";
import { plural } from "../../../format";
import { RunName } from "../../../ui/RunName";
import { Segmented } from "../../../ui/Segmented";
import { into } from "../../attributions/bind";
import { whenIdle } from "../../attributions/idle";
import { inkOf } from "../../attributions/ink";
import { currentLook } from "../../attributions/look";
import { dark, question, records, space, stops } from "../model";
import { chosen, listed } from "../settings";
import { type Side, sideOf } from "../sides";
import { type Agreement, agreementOf, keyOf, pairsOf } from "./matrix";

/** One of each run that recorded maps. */
export const runSides = computed<readonly Side[]>(() =>
  records.value
    .filter(({ moments }) => moments.length > 0)
    .map(({ run, moments }) => {
      const last = moments[moments.length - 1];
      const step = listed.matrix.value === "last" ? last.step : context.stepIn(run);
      const end = { run, step, epoch: last.epoch, follows: listed.matrix.value !== "last" };
      return sideOf(end, records.value, question.value);
    }),
);

type Found = ReadonlyMap<string, Agreement>;

/** Works the pairs out while the browser has time; maps may be large and runs many. */
function useAgreements(sides: readonly Side[]): Found {
  const [found, setFound] = useState<Found>(new Map());
  useEffect(() => {
    const complete = new Map<string, Agreement>();
    const all = pairsOf(sides.length);
    const tasks = all.map(([i, j], n) => () => {
      complete.set(keyOf(i, j), agreementOf(sides[i], sides[j]));
      if (n % 8 === 7 || n === all.length - 1) setFound(new Map(complete));
    });
    return whenIdle(tasks);
  }, [sides]);
  return found;
}

export function RunMatrix() {
  const sides = runSides.value;
  const found = useAgreements(sides);
  if (sides.length < 2) return <TooFew />;
  return (
    <article class="card">
      <div class="title">
        <b>Agreement of runs</b>
        <span class="mute">
          median rank correlation of their maps over the samples that both share; below it, how many
        </span>
      </div>
      <Segmented
        label="Each run"
        choices={[
          { value: "last", label: "last record of each run" },
          { value: "scrubber", label: "at the scrubber" },
        ]}
        value={listed.matrix.value}
        testId="compare-matrix-at"
        onChange={into(listed.matrix)}
      />
      <Table sides={sides} found={found} />
      <LeftOut />
      <p class="mute cmp-rule">
        1: the same order of importance in every map; 0: none in common. A click on a cell makes its
        row A and its column B.
      </p>
    </article>
  );
}

/** How many of the shown runs have no row, and why. */
function LeftOut() {
  const without = context.runs.value.length - runSides.value.length;
  if (without === 0) return null;
  return (
    <p class="cmp-note" data-testid="compare-left-out">
      {plural(without, "run")} left out: nothing on record of {space.value} inputs.
    </p>
  );
}

function Table({ sides, found }: { readonly sides: readonly Side[]; readonly found: Found }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must reach it
    <section class="cmp-scroll" tabIndex={0} aria-label="Agreement of runs">
      <table class="cmp-matrix" data-testid="compare-matrix">
        <thead>
          <tr>
            <td />
            {sides.map(({ end }, i) => (
              <th key={end.run} scope="col" title={end.run}>
                <span class="dot" style={{ background: context.runColour(end.run) }} />
                <span class="num"> {i + 1}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sides.map((side, i) => (
            <tr key={side.end.run}>
              <th scope="row">
                <span class="num mute">{i + 1}</span>
                <span class="dot" style={{ background: context.runColour(side.end.run) }} />
                <RunName run={side.end.run} />
              </th>
              {sides.map((other, j) => (
                <Cell key={other.end.run} a={side} b={other} of={found.get(keyOf(i, j))} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface CellProps {
  readonly a: Side;
  readonly b: Side;
  /** Undefined while it is worked out. */
  readonly of: Agreement | undefined;
}

function Cell({ a, b, of }: CellProps) {
  if (a === b) return <td class="mute self">·</td>;
  if (!of) return <td class="mute">…</td>;
  const names = `${a.end.run} and ${b.end.run}`;
  const { median, samples, reason } = of;
  const words = median === null ? reason : `${median.toFixed(2)} over ${samples} samples`;
  // The end of the colours that elsewhere stands for less: agreement alarms nobody.
  const ink =
    median === null ? null : inkOf(-median, currentLook(dark.value).diverging, dark.value);
  return (
    <td>
      <button
        type="button"
        aria-label={`${names}: ${words}`}
        title={`${names}: ${words}`}
        data-median={median}
        data-samples={samples}
        style={ink ? { background: ink.background, color: ink.colour } : undefined}
        onClick={() => compareRuns(a, b)}
      >
        <b class="num">{median === null ? "–" : median.toFixed(2)}</b>
        <small class="num">{samples}</small>
      </button>
    </td>
  );
}

function compareRuns(a: Side, b: Side): void {
  const at = ({ end: { run, step, follows } }: Side) => {
    const exact = stops
      .peek()
      .get(run)
      ?.some((stop) => stop.step === step);
    return [run, follows || !exact ? "" : String(step)];
  };
  batch(() => {
    chosen.a.value = at(a);
    chosen.b.value = at(b);
    chosen.view.value = "samples";
  });
}

function TooFew() {
  return (
    <div class="state" data-testid="compare-few-runs">
      <h2>A matrix takes two runs</h2>
      <p>
        {context.runs.value.length < 2
          ? "Choose more runs at the left."
          : "Fewer than two of the shown runs recorded maps of inputs of this kind."}
      </p>
    </div>
  );
}
