/** How far the maps of each sample drifted apart, and how far they still agree. */
import { context } from "../../../context";
import { plural, score } from "../../../format";
import { sampleTitle } from "../../attributions/samples";
import { DEFINITIONS } from "../definitions";
import { type Measures, medianOf } from "../measures";
import { hasMaps, pair as inDepth, lineup, space, unit } from "../model";
import { type Pair, scoreChange } from "../pairs";
import { Absent, NoSamples } from "../samples/Empty";
import { type Column, SortTable } from "./SortTable";

export function Drift() {
  const { pairs } = lineup.value;
  if (pairs.length === 0) return <NoSamples />;
  if (!hasMaps.value) return <Absent />;
  return (
    <article class="card">
      <div class="title">
        <b>Drift and agreement</b>
        <span class="mute">{plural(pairs.length, "sample")} in both, least alike first</span>
      </div>
      <Medians pairs={pairs} />
      <SortTable
        label="Drift of each sample's map"
        testId="compare-drift"
        columns={columnsNow()}
        rows={pairs}
        first={{ name: "rank", reversed: true }}
        keyOf={({ sample }) => sample.hash}
        isOn={({ sample }) => sample.hash === inDepth.value?.sample.hash}
        onPick={({ sample }) => {
          context.sample.value = sample.hash;
        }}
      />
      <Meanings />
    </article>
  );
}

/** What tooltips say, for those who have no pointer. */
function Meanings() {
  const names = (Object.keys(DEFINITIONS) as (keyof typeof DEFINITIONS)[]).filter(applies);
  return (
    <details class="cmp-meanings" data-screen-only>
      <summary>What the columns mean</summary>
      <dl>
        {names.map((name) => (
          <div key={name}>
            <dt>{DEFINITIONS[name].title}</dt>
            <dd class="mute">{DEFINITIONS[name].meaning}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Medians({ pairs }: { readonly pairs: readonly Pair[] }) {
  const found = (["rank", "ssim", "overlap", "shift"] as const).filter(applies).map((name) => {
    const values = pairs.flatMap((pair) => pair.measures()?.[name] ?? []);
    return { name, values, median: medianOf(values) };
  });
  return (
    <dl class="cmp-medians">
      {found.map(({ name, values, median }) => (
        <div key={name} title={DEFINITIONS[name].meaning}>
          <dt class="mute">median {DEFINITIONS[name].title}</dt>
          <dd class="num" data-median={name}>
            {median === null ? "–" : worded(name, median)}{" "}
            <span class="mute">
              of {values.length}
              {values.length < pairs.length ? ` of ${pairs.length}` : ""}
            </span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

type Named = "rank" | "ssim" | "overlap" | "shift";

/** Whether a figure has a meaning for inputs of this kind. */
export function applies(name: string): boolean {
  if (name === "ssim") return space.value === "image";
  return name !== "shift" || space.value === "image" || space.value === "series";
}

function worded(name: Named, value: number): string {
  return DEFINITIONS[name].unit === "%" ? `${(100 * value).toFixed(0)} %` : value.toFixed(3);
}

/** The figures of a table or file, by column; NaN where not defined. */
export function figureOf(measures: Measures | null, name: keyof typeof DEFINITIONS): number {
  if (!measures || measures.reason) return Number.NaN;
  if (name === "total") return measures.totals[1] - measures.totals[0];
  return measures[name] ?? Number.NaN;
}

const SHOWN = ["rank", "ssim", "overlap", "shift"] as const;

function columnsNow(): Column<Pair>[] {
  return [
    {
      name: "sample",
      title: "sample",
      meaning: "Name and label",
      text: true,
      value: ({ sample }) => sampleTitle(sample),
      show: ({ sample }) => sampleTitle(sample),
    },
    ...SHOWN.filter(applies).map((name) => measured(name)),
    measured("total"),
    measured("difference"),
    {
      name: "prediction",
      title: "prediction",
      meaning: "Change of the label's score; flipped: the predicted class is another one",
      value: scoreChange,
      show: (pair) => <Change pair={pair} />,
    },
  ];
}

function measured(name: keyof typeof DEFINITIONS): Column<Pair> {
  const { title, meaning, unit: of } = DEFINITIONS[name];
  const words = (value: number) => (of === "value" ? score(value) : worded(name as Named, value));
  return {
    name,
    title: of === "value" ? `${title} (${unit.value})` : title,
    meaning,
    value: (pair) => {
      const value = figureOf(pair.measures(), name);
      return name === "total" ? Math.abs(value) : value;
    },
    show: (pair) => {
      const value = figureOf(pair.measures(), name);
      return Number.isNaN(value) ? <span class="mute">–</span> : words(value);
    },
  };
}

function Change({ pair }: { readonly pair: Pair }) {
  if (pair.flipped) return <span class="badge alarm">flipped</span>;
  const change = scoreChange(pair);
  return <>{Number.isNaN(change) ? "–" : score(change)}</>;
}
