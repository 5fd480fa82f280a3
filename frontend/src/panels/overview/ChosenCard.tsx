/** Which monitors `explain()` chose for a run, and why; folded until it is asked for. */
import { percent } from "../../format";
import type { PanelContext } from "../../types";
import { RunName } from "../../ui/RunName";
import { asCode, type Chosen, chosenFor, inShort, leftOutRows } from "./chosen";

export function ChosenCards({ context }: { readonly context: PanelContext }) {
  const cards = context.runs.value.flatMap((run) => {
    const chosen = chosenFor(context.series.value, run, context.stepIn(run));
    return chosen ? [<ChosenCard key={run} run={run} chosen={chosen} context={context} />] : [];
  });
  return <>{cards}</>;
}

interface Props {
  readonly run: string;
  readonly chosen: Chosen;
  readonly context: PanelContext;
}

function ChosenCard({ run, chosen, context }: Props) {
  const { facts, monitors, leftOut, limit } = chosen;
  const most =
    limit === null
      ? "no limit"
      : `at most ${percent(limit)} of training time after the first second`;
  return (
    <article class="card ov-chosen" aria-label={`What is recorded of ${run}`} data-testid="chosen">
      <details>
        <summary>
          <span class="dot" style={{ background: context.runColour(run) }} />
          <b>
            What is recorded of <RunName run={run} />
          </b>
          <span class="mute num">{inShort(chosen)}</span>
        </summary>
        <Facts title="Found" rows={[...facts.map(rowOf), ["cost", most]]} />
        <Facts
          title="Recorded"
          rows={monitors.map((one) => [one.callback, `${one.reason} (${one.every})`, asCode(one)])}
        />
        {leftOut.length > 0 && <Facts title="Left out" rows={leftOutRows(leftOut)} />}
      </details>
    </article>
  );
}

type Row = readonly [name: string, value: string, code?: string];

function rowOf({ name, value }: Chosen["facts"][number]): Row {
  return [name, value];
}

function Facts({ title, rows }: { readonly title: string; readonly rows: readonly Row[] }) {
  return (
    <table class="facts" aria-label={title}>
      <caption>{title}</caption>
      <tbody>
        {rows.map(([name, value, code]) => (
          <tr key={`${name} ${value}`} title={code}>
            <th scope="row">{name}</th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
