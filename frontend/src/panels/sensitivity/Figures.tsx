/** Predicted and verified figures of the plan in the making, clearly apart. */
import { count, percent, score } from "../../format";
import { amount, bytes } from "../graph/amounts";
import { query, verifiedOf } from "./drafting";
import { metric } from "./model";
import { figure, type Figures as Known, type Plan } from "./planned";
import { milliseconds } from "./quantities";

type Fact = readonly [name: string, words: string];

export function Figures({ plan }: { readonly plan: Plan }) {
  const verified = query.value === null ? null : verifiedOf(query.value, plan);
  return (
    <>
      <h3>Predicted</h3>
      <Facts facts={predictedFacts(plan.predicted)} testId="plan-predicted" />
      <p class="se-small mute">
        KL is summed over units. Effects do not add up: believe a plan once it has been measured.
      </p>
      <h3>Verified</h3>
      {verified ? (
        <Facts facts={verifiedFacts(verified)} testId="plan-verified" />
      ) : (
        <p class="se-small mute" data-testid="plan-unverified">
          Not measured. Training with the plan does it, or{" "}
          <code>python -m lightning_callbacks.editing verify plan.json</code>.
        </p>
      )}
    </>
  );
}

function Facts({ facts, testId }: { readonly facts: readonly Fact[]; readonly testId: string }) {
  return (
    <table class="facts" data-testid={testId}>
      <tbody>
        {facts.map(([name, words]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td data-fact={name}>{words}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function predictedFacts(figures: Known): Fact[] {
  const kl = figure(figures, "kl");
  return [["sum of KL", Number.isNaN(kl) ? "not known" : score(kl)], ...costFacts(figures)];
}

function verifiedFacts(figures: Known): Fact[] {
  const recalibrated = figures.recalibrated === true ? ", recalibrated" : "";
  const samples = figure(figures, "samples");
  const facts: [string, number][] = [
    ["KL", figure(figures, "kl")],
    ["loss", figure(figures, "loss")],
    [metric.value, figure(figures, "metric")],
  ];
  return [
    ...facts.flatMap(([name, value]): Fact[] =>
      Number.isNaN(value) ? [] : [[name, score(value)]],
    ),
    ...costFacts(figures),
    ...(Number.isNaN(samples)
      ? []
      : [["measured on", `${count(samples)} samples${recalibrated}`] as const]),
  ];
}

const COSTS: readonly (readonly [name: string, title: string, words: (v: number) => string])[] = [
  ["parameters", "weights", amount],
  ["macs", "MACs", amount],
  ["seconds", "time per sample", (value) => milliseconds(1000 * value)],
  ["bytes", "bytes", bytes],
];

function costFacts(figures: Known): Fact[] {
  return COSTS.flatMap(([name, title, words]): Fact[] => {
    const [value, share] = [figure(figures, name), figure(figures, `${name}_kept`)];
    if (Number.isNaN(value)) return [];
    return [[title, Number.isNaN(share) ? words(value) : `${words(value)} · ${percent(share)}`]];
  });
}
