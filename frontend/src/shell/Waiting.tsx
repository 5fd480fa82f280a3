/** What is still on screen while the records of the scrubber's place are fetched. */
import { axis, context, wanted } from "../context";
import { count } from "../format";
import { epochWords } from "../moments";
import { failure } from "../state";
import type { Moment } from "../types";

/** Says so over the panel, whose drawings fade meanwhile (shell.css); empty when all is shown. */
export function Waiting() {
  return (
    <div class="waiting num" role="status" data-testid="waiting">
      {words(wanted.value, context.step.value, context.moments.value)}
    </div>
  );
}

function words(target: number, shown: number, moments: readonly Moment[]): string | null {
  if (target === shown) return null;
  const said = failure.value ? "Could not fetch" : "Fetching";
  return `${said} ${named(target, moments)} · still showing ${named(shown, moments)}`;
}

function named(step: number, moments: readonly Moment[]): string {
  const moment = moments.find((each) => each.step === step);
  return axis.value === "step" || !moment ? `step ${count(step)}` : epochWords(moment.epoch);
}
