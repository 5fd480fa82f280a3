/** The sample in depth. */
import type { PanelContext } from "../../../types";
import { modelOf } from "../model";
import { sampleTitle } from "../samples";

export function Detail({ context }: { context: PanelContext }) {
  const sample = modelOf(context, "tabular").sample.value;
  if (!sample) return <p class="mute">No sample is on record.</p>;
  return <h3 class="named two-lines">Sample {sampleTitle(sample)}</h3>;
}
