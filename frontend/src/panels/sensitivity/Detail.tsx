/** The plan builder beside what is shown. */
import type { PanelContext } from "../../types";
import { Bars } from "./Bars";
import { Builder } from "./Builder";
import { draft, pending } from "./drafting";
import { Figures } from "./Figures";
import { allTracks } from "./model";
import { Notes } from "./Notes";
import { Take } from "./Take";

export function Detail({ context }: { readonly context: PanelContext }) {
  if (allTracks.value.length === 0) {
    return (
      <p class="mute" data-testid="sensitivity-unrecorded">
        The shown runs hold no sensitivities, which plans are made of. SensitivityMonitor records
        them.
      </p>
    );
  }
  const answer = draft.value;
  return (
    <div class={`se-detail ${pending.value ? "pending" : ""}`} data-testid="sensitivity-detail">
      <Builder />
      {answer && "error" in answer && (
        <p class="bad se-error" role="alert" data-testid="plan-error">
          {answer.error}
        </p>
      )}
      {answer && "plan" in answer && (
        <div data-testid="plan" data-keep={answer.plan.budget.keep}>
          <Figures plan={answer.plan} />
          <Take plan={answer.plan} text={answer.text} />
          <Bars plan={answer.plan} />
        </div>
      )}
      <Notes context={context} />
    </div>
  );
}
