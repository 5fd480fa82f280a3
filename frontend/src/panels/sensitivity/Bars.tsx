/** What the plan in the making keeps of each unit; a click leaves a unit alone. */
import { toggleFrozen } from "./drafting";
import { rows, shortName, unit } from "./model";
import { type Cut, isWhole, keptShare, keptWords, type Plan } from "./planned";
import { asked } from "./settings";

const LISTED = 400; // bars that a page draws at once

const TITLES: Readonly<Partial<Record<Plan["edit"], string>>> = {
  channel: "Channels kept",
  heads: "Heads kept",
  bits: "Bits of each weight",
  clusters: "Values that weights share",
};

export function Bars({ plan }: { readonly plan: Plan }) {
  const cuts = new Map(plan.units.map((each) => [each.name, each]));
  const listed = rows.value.slice(0, LISTED).flatMap((name) => cuts.get(name) ?? []);
  return (
    <section aria-label="Units of the plan" data-testid="plan-bars">
      <h3>{TITLES[plan.edit] ?? "Weights kept"}</h3>
      <ul class="se-bars">
        {listed.map((cut) => (
          <Bar key={cut.name} plan={plan} cut={cut} />
        ))}
      </ul>
      {rows.value.length > LISTED && <p class="mute">Filter units to see the others.</p>}
    </section>
  );
}

function Bar({ plan, cut }: { readonly plan: Plan; readonly cut: Cut }) {
  const { name } = cut;
  const frozen = asked.frozen.value.includes(name);
  const whole = isWhole(plan.edit, cut);
  return (
    <li class={name === unit.value ? "on" : ""} data-unit={name}>
      <button
        type="button"
        class="plain clip-start name"
        title={name}
        onClick={() => {
          unit.value = name;
        }}
      >
        <bdi dir="ltr">{shortName(name)}</bdi>
      </button>
      <span class="bar">
        <i class={whole ? "whole" : ""} style={{ width: `${100 * keptShare(plan.edit, cut)}%` }} />
      </span>
      <span class="num kept">{keptWords(plan.edit, cut)}</span>
      <button
        type="button"
        class={`plain lock ${frozen ? "on" : ""}`}
        aria-pressed={frozen}
        aria-label={`Freeze ${name}`}
        title={frozen ? "Frozen: click to let it be cut" : "Click to leave it whole"}
        onClick={() => toggleFrozen(name)}
      >
        {frozen ? "■" : "□"}
      </button>
    </li>
  );
}
