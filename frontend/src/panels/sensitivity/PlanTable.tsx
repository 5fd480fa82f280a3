/** The plan in the making beside those of the other allocators, and those that were pinned. */
import { percent, score } from "../../format";
import { amount } from "../graph/amounts";
import { allocatorLabel, budgetWords } from "./asking";
import { type Answer, answerTo, pins, query, rivals, togglePin, verifiedOf } from "./drafting";
import { metric } from "./model";
import { figure, type Plan } from "./planned";
import type { BudgetOf } from "./settings";

export function PlanTable() {
  const own = query.value;
  if (own === null) return null;
  const listed = [...rivals.value, ...pins.value.filter((each) => !rivals.value.includes(each))];
  return (
    <section class="card" aria-label="Plans" data-testid="plan-table">
      <div class="title">
        <b>Plans</b>
        <span class="mute clip">
          every allocator at this budget, and what was pinned · predictions, until one joint
          measurement verifies them
        </span>
      </div>
      <div class="se-scroll">
        <table class="se-table">
          <thead>
            <tr>
              <th scope="col" rowSpan={2}>
                plan
              </th>
              <th scope="colgroup" colSpan={3} class="predicted">
                predicted
              </th>
              <th scope="colgroup" colSpan={2} class="verified">
                verified
              </th>
              <th scope="col" rowSpan={2} data-screen-only>
                <span class="unseen">pinned</span>
              </th>
            </tr>
            <tr>
              <th scope="col" class="predicted">
                sum of KL
              </th>
              <th scope="col" class="predicted">
                weights
              </th>
              <th scope="col" class="predicted">
                MACs
              </th>
              <th scope="col" class="verified">
                KL
              </th>
              <th scope="col" class="verified">
                {metric.value}
              </th>
            </tr>
          </thead>
          <tbody>
            {listed.map((each) => (
              <Row key={each} asked={each} answer={answerTo(each)} own={each === own} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface RowProps {
  readonly asked: string;
  readonly answer: Answer | null;
  readonly own: boolean;
}

function Row({ asked, answer, own }: RowProps) {
  const wanted = new URLSearchParams(asked);
  const plan = answer && "plan" in answer ? answer.plan : null;
  const pinned = pins.value.includes(asked);
  const name = allocatorLabel(wanted.get("allocator") ?? "");
  const elsewhere = pinned && !rivals.value.includes(asked);
  return (
    <tr class={own ? "on" : ""} data-allocator={wanted.get("allocator")}>
      <th scope="row">
        {name}
        {elsewhere && <small class="mute"> {pinWords(wanted)}</small>}
      </th>
      {plan ? (
        <Cells plan={plan} asked={asked} />
      ) : (
        <td colSpan={5} class="mute se-why">
          {answer && "error" in answer ? answer.error : "…"}
        </td>
      )}
      <td data-screen-only>
        <button
          type="button"
          class="plain"
          aria-pressed={pinned}
          aria-label={`${pinned ? "Unpin" : "Pin"} ${name}`}
          onClick={() => togglePin(asked)}
        >
          {pinned ? "unpin" : "pin"}
        </button>
      </td>
    </tr>
  );
}

/** "2.0x fewer MACs, 50 % kept · clean, step 900". */
export function pinWords(wanted: URLSearchParams): string {
  const budget = budgetWords((wanted.get("of") ?? "kl") as BudgetOf, Number(wanted.get("keep")));
  return `${budget} · ${wanted.get("run")}, step ${wanted.get("step")}`;
}

function Cells({ plan, asked }: { readonly plan: Plan; readonly asked: string }) {
  const verified = verifiedOf(asked, plan);
  return (
    <>
      <td class="predicted" data-fact="predicted">
        {known(figure(plan.predicted, "kl"), score)}
      </td>
      <td class="predicted">{share(plan, "parameters") ?? share(plan, "bytes") ?? "–"}</td>
      <td class="predicted">{share(plan, "macs") ?? "–"}</td>
      <td class="verified" data-fact="verified">
        {verified ? known(figure(verified, "kl"), score) : <span class="mute">not measured</span>}
      </td>
      <td class="verified">{verified ? known(figure(verified, "metric"), score) : ""}</td>
    </>
  );
}

function share({ predicted }: Plan, name: string): string | null {
  const [value, kept] = [figure(predicted, name), figure(predicted, `${name}_kept`)];
  if (Number.isNaN(value)) return null;
  const unit = name === "bytes" ? "B" : "";
  return `${amount(value)}${unit}${Number.isNaN(kept) ? "" : ` · ${percent(kept)}`}`;
}

function known(value: number, words: (value: number) => string): string {
  return Number.isNaN(value) ? "–" : words(value);
}
