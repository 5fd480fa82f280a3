/** What pinned plans and the one in the making keep of each unit, plan beside plan. */
import { allocatorLabel } from "./asking";
import { answerTo, pins, query } from "./drafting";
import { edit, rows, shortName, unit } from "./model";
import { pinWords } from "./PlanTable";
import { keptShare, keptWords, type Plan } from "./planned";

const LISTED = 400; // rows that a page draws at once

export function SideBySide() {
  const wanted = [...new Set([...pins.value, ...(query.value === null ? [] : [query.value])])];
  const plans = wanted.flatMap((asked) => {
    const answer = answerTo(asked);
    const plan = answer && "plan" in answer && answer.plan.edit === edit.value ? answer.plan : null;
    return plan
      ? [{ asked, plan, cuts: new Map(plan.units.map((each) => [each.name, each])) }]
      : [];
  });
  if (pins.value.length === 0 || plans.length < 2) return null;
  return (
    <section class="card" aria-label="Plans side by side" data-testid="plans-beside">
      <div class="title">
        <b>Side by side</b>
        <span class="mute clip">what each plan keeps of each unit</span>
      </div>
      <div class="se-scroll">
        <table class="se-table se-beside">
          <thead>
            <tr>
              <th scope="col">unit</th>
              {plans.map(({ asked, plan }) => (
                <th key={asked} scope="col">
                  {allocatorLabel(plan.allocator)}
                  <small class="mute"> {pinWords(new URLSearchParams(asked))}</small>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.value.slice(0, LISTED).map((name) => (
              <tr key={name} class={name === unit.value ? "on" : ""}>
                <th scope="row">{shortName(name)}</th>
                {plans.map(({ asked, plan, cuts }) => (
                  <Kept key={asked} plan={plan} cut={cuts.get(name)} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Kept({
  plan,
  cut,
}: {
  readonly plan: Plan;
  readonly cut: Plan["units"][number] | undefined;
}) {
  if (!cut) return <td class="mute">–</td>;
  return (
    <td>
      <span class="se-kept">
        <span class="bar">
          <i style={{ width: `${100 * keptShare(plan.edit, cut)}%` }} />
        </span>
        <span class="num kept">{keptWords(plan.edit, cut)}</span>
      </span>
    </td>
  );
}
