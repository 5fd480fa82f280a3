/** Which summary is shown. */
import type { PanelContext } from "../../../types";
import { Select } from "../../../ui/Select";
import { plain } from "../bind";
import { modelOf } from "../model";
import type { Space } from "../settings";
import { choicesOf, chosenKey } from "./model";
import { shown } from "./settings";

interface Props {
  readonly context: PanelContext;
  readonly space: Space;
}

export function OverallControls({ context, space }: Props) {
  const choices = choicesOf(context, modelOf(context, space));
  const key = chosenKey(choices);
  if (key === null) return null;
  return (
    <div class="controls att-pick">
      <h3>Summary</h3>
      <Select
        label="Method"
        choices={plain(choices)}
        value={key}
        testId="overall-summary"
        onChange={(value) => {
          shown.summary.value = value;
        }}
      />
    </div>
  );
}
