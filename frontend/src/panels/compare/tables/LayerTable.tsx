/** How one statistic of all layers differs between A and B. */
import { context } from "../../../context";
import { plural, score } from "../../../format";
import { Select } from "../../../ui/Select";
import { ValueBar } from "../../attributions/ValueBar";
import { statisticTitle } from "../../layers/tables";
import { some } from "../changes/findings";
import { changeWords } from "../changes/layers";
import { openEvidence } from "../changes/open";
import { ends } from "../model";
import { listed } from "../settings";
import { EndAlerts } from "./EndAlerts";
import type { LayerChange, LayerPair, StatisticChange } from "./layers";
import { TITLES } from "./layers";
import { layerTables } from "./model";
import { type Column, SortTable } from "./SortTable";

const keyOf = ({ what, statistic }: StatisticChange) => `${what} ${statistic.name}`;

/** Returns the chosen statistic, with what it was recorded beside. */
export function chosenStatistic(): { pair: LayerPair; change: StatisticChange } | null {
  const all = layerTables.value.flatMap((pair) =>
    pair.statistics.map((change) => ({ pair, change })),
  );
  return all.find(({ change }) => keyOf(change) === listed.statistic.value) ?? all[0] ?? null;
}

export function LayerTable() {
  const found = chosenStatistic();
  if (!found || !ends.value) return <Nothing />;
  const { pair, change } = found;
  return (
    <>
      <EndAlerts />
      <article class="card">
        <div class="title">
          <b>Layers</b>
          <span class="mute">
            {plural(change.layers.length, "layer")} by name, those that changed most first
          </span>
        </div>
        <Statistics />
        <SortTable<LayerChange>
          label={`${change.statistic.label} of each layer at A and B`}
          testId="compare-layers"
          key={keyOf(change)}
          columns={columnsOf(change)}
          rows={change.layers}
          keyOf={({ layer }) => layer}
          onPick={({ layer }) => {
            const { what, statistic } = change;
            const run = ends.value?.b.run ?? "";
            openEvidence({ at: "layer", what, layer, statistic: statistic.name, run });
          }}
        />
        <Unmatched onlyA={pair.onlyA} onlyB={pair.onlyB} noun="layer" />
        {pair.note && <p class="mute cmp-rule">{pair.note}</p>}
      </article>
    </>
  );
}

function Statistics() {
  const groups = layerTables.value.flatMap(({ what, statistics }) =>
    statistics.map((change) => ({
      value: keyOf(change),
      label: `${TITLES[what]}: ${statisticTitle(change.statistic)}`,
    })),
  );
  const found = chosenStatistic();
  return (
    <Select
      label="Statistic"
      choices={groups}
      value={found ? keyOf(found.change) : ""}
      testId="compare-statistic"
      onChange={(value) => {
        listed.statistic.value = value;
      }}
    />
  );
}

/** Names what only one end has: it has nothing to be compared with. */
export function Unmatched(props: {
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
  readonly noun: string;
}) {
  const said = [
    [props.onlyA, "A"],
    [props.onlyB, "B"],
  ] as const;
  return (
    <>
      {said.map(
        ([names, end]) =>
          names.length > 0 && (
            <p key={end} class="mute cmp-rule" title={names.join(", ")} data-unmatched={end}>
              {plural(names.length, props.noun)} of {end} alone: {some(names, 6)}.
            </p>
          ),
      )}
    </>
  );
}

function columnsOf({ statistic, layers }: StatisticChange): Column<LayerChange>[] {
  const logarithmic = statistic.scale === "log";
  const largest = Math.max(...layers.map((each) => (Number.isFinite(each.size) ? each.size : 0)));
  return [
    {
      name: "layer",
      title: "layer",
      meaning: "Opens it in Layers",
      text: true,
      value: ({ layer }) => layer,
      show: ({ layer }) => layer,
    },
    number("A", (row) => row.before),
    number("B", (row) => row.after),
    {
      name: "change",
      title: logarithmic ? "ratio" : "B − A",
      meaning: logarithmic
        ? "How many times as large it is in B; sorted by how often it doubled or halved"
        : "B minus A; sorted by its size",
      value: ({ size }) => size,
      show: (row) => (logarithmic ? ratioWords(row) : score(row.after - row.before)),
    },
    {
      name: "bar",
      title: logarithmic ? "doublings" : "change",
      meaning: logarithmic ? "To the right: more in B; as long as it doubled often" : "B minus A",
      value: ({ size }) => size,
      show: (row) => <Bar row={row} largest={largest} />,
    },
  ];
}

function number(title: string, value: (row: LayerChange) => number): Column<LayerChange> {
  return {
    name: title.toLowerCase(),
    title,
    meaning: `At ${title}`,
    value,
    show: (row) => score(value(row)),
  };
}

function ratioWords(row: LayerChange): string {
  if (row.before === row.after) return "the same";
  if (Number.isNaN(row.size)) return "–";
  const words = changeWords(row, true);
  return /\((.*)\)/.exec(words)?.[1] ?? "from or to zero";
}

function Bar({ row, largest }: { readonly row: LayerChange; readonly largest: number }) {
  if (Number.isNaN(row.size)) return <span class="mute">–</span>;
  const sign = Math.sign(row.after - row.before);
  const share = largest > 0 ? Math.min(1, row.size / largest) : 0;
  return <ValueBar context={context} share={sign * share} signed />;
}

function Nothing() {
  return (
    <div class="state" data-testid="compare-no-layers">
      <h2>No statistics of layers at both ends</h2>
      <p>Both runs must have recorded them. Add the monitors and train:</p>
      <pre>
        <code>Trainer(callbacks=[ActivationMonitor(), GradientMonitor(), WeightMonitor()])</code>
      </pre>
    </div>
  );
}
