/** Plans that callbacks made, applied and finished: before, after, and what they were chosen from. */
import { count, score } from "../../format";
import { epochWords } from "../../moments";
import type { PanelContext } from "../../types";
import { RunName } from "../../ui/RunName";
import { amount, bytes } from "../graph/amounts";
import { allocatorLabel, budgetWords } from "./asking";
import { Candidates } from "./Candidates";
import { records } from "./drafting";
import { metric } from "./model";
import { type Figures, figure, finishedTies, type PlanRecord } from "./planned";
import { milliseconds, ratioWords } from "./quantities";
import type { BudgetOf } from "./settings";
import { EDITS } from "./words";

export function Records({ context }: { readonly context: PanelContext }) {
  if (records.value.length === 0) return null;
  return (
    <>
      {finishedTies(records.value).map((tied) => (
        <p key={tied[0].run + tied[0].monitor} class="card se-tie" data-testid="plans-tie">
          After fine-tuning these plans tie:{" "}
          {tied.map(({ run, plan }) => `${allocatorLabel(plan.allocator)} in ${run}`).join(", ")}.
          Their {metric.value} differs by less than 2 standard errors on these samples.
        </p>
      ))}
      <div class="se-cards">
        {records.value.map((record) => (
          <RecordCard key={`${record.run} ${record.monitor}`} record={record} context={context} />
        ))}
      </div>
    </>
  );
}

const STAGES = { planned: "planned", applied: "applied", finished: "finished" } as const;

interface CardProps {
  readonly record: PlanRecord;
  readonly context: PanelContext;
}

function RecordCard({ record, context }: CardProps) {
  const { run, monitor, plan, stage, epoch, step } = record;
  return (
    <article class="card" aria-label={`Plan of ${run}`} data-testid="plan-record">
      <div class="title">
        <span class="dot" style={{ background: context.runColour(run) }} />
        <b>
          <RunName run={run} />
        </b>
        <span class="badge" title={`${monitor}, step ${count(step)}`}>
          {STAGES[stage]}, {epochWords(epoch)}
        </span>
        <span class="mute clip">
          {EDITS[plan.edit]?.label ?? plan.edit} by {allocatorLabel(plan.allocator)} ·{" "}
          {budgetWords(plan.budget.of as BudgetOf, plan.budget.keep)}
        </span>
      </div>
      {record.before && <BeforeAfter before={record.before} after={record.after} />}
      <Candidates record={record} />
    </article>
  );
}

const COSTS: readonly (readonly [name: string, title: string, words: (v: number) => string])[] = [
  ["parameters", "parameters", amount],
  ["macs", "MACs", amount],
  ["seconds", "time", (value) => milliseconds(1000 * value)],
  ["bytes", "file", bytes],
];

interface BeforeAfterProps {
  readonly before: Figures;
  readonly after: Figures | null;
}

function BeforeAfter({ before, after }: BeforeAfterProps) {
  const known = (name: string) =>
    !Number.isNaN(figure(before, name)) || !Number.isNaN(figure(after, name));
  const measured = [
    ["metric", metric.value],
    ["loss", "loss"],
  ].filter(([name]) => known(name));
  return (
    <table class="se-table" data-testid="plan-before-after">
      <thead>
        <tr>
          <td />
          <th scope="col">before</th>
          <th scope="col">after</th>
          <th scope="col">change</th>
        </tr>
      </thead>
      <tbody>
        {measured.map(([name, title]) => (
          <tr key={name} data-fact={name}>
            <th scope="row">{title}</th>
            <td>{words(figure(before, name), score)}</td>
            <td>{after ? words(figure(after, name), score) : "–"}</td>
            <td>{difference(figure(before, name), figure(after, name))}</td>
          </tr>
        ))}
        {COSTS.filter(([name]) => known(name)).map(([name, title, format]) => (
          <tr key={name} data-fact={name}>
            <th scope="row">{title}</th>
            <td>{words(figure(before, name), format)}</td>
            <td>{after ? words(figure(after, name), format) : "–"}</td>
            <td>{ratioWords(figure(before, name), figure(after, name))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function words(value: number, format: (value: number) => string): string {
  return Number.isNaN(value) ? "–" : format(value);
}

function difference(before: number, after: number): string {
  const change = after - before;
  return Number.isNaN(change) ? "–" : `${change > 0 ? "+" : ""}${score(change)}`;
}
