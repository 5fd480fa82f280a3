/** Taking a plan along: the file, and the code that applies it. */
import { CopyButton } from "../../ui/CopyButton";
import { saveDownload } from "../../ui/download";
import { codeOf } from "./code";
import { pins, query, togglePin } from "./drafting";
import type { Plan } from "./planned";

export function Take({ plan, text }: { readonly plan: Plan; readonly text: string }) {
  const pinned = query.value !== null && pins.value.includes(query.value);
  return (
    <section aria-label="Take the plan along" class="se-take">
      <button
        type="button"
        class="primary"
        data-testid="plan-download"
        onClick={() => {
          saveDownload({
            name: "plan.json",
            blob: new Blob([text], { type: "application/json" }),
          });
        }}
      >
        Download plan.json
      </button>
      <CopyButton label="Copy code" testId="plan-code" text={() => codeOf(plan)} />
      <button
        type="button"
        data-testid="plan-pin"
        aria-pressed={pinned}
        title="Lay it beside other plans (p)"
        onClick={() => togglePin()}
      >
        {pinned ? "Unpin" : "Pin"}
      </button>
    </section>
  );
}
