/** The two ends, what lies between them in a line, and one of the views. */
import type { ComponentType } from "preact";
import { context } from "../../context";
import { plural } from "../../format";
import { Segmented } from "../../ui/Segmented";
import { into } from "../attributions/bind";
import { HoverNote } from "../attributions/HoverNote";
import { Changes } from "./changes/Changes";
import { EndPickers } from "./EndPickers";
import { medianOf } from "./measures";
import { alone, ends, flips, lineup, same } from "./model";
import { Samples } from "./samples/Samples";
import { chosen, type View } from "./settings";
import { Drift } from "./tables/Drift";
import { EditTable } from "./tables/EditTable";
import { LayerTable } from "./tables/LayerTable";
import { RunMatrix } from "./tables/RunMatrix";

interface ViewParts {
  readonly value: View;
  readonly label: string;
  readonly title: string;
  readonly Show: ComponentType;
}

const ALL: readonly ViewParts[] = [
  {
    value: "samples",
    label: "samples",
    title: "The same samples at both ends, side by side",
    Show: Samples,
  },
  {
    value: "changes",
    label: "what changed",
    title: "All that changed, in plain words, the largest first",
    Show: Changes,
  },
  { value: "drift", label: "drift", title: "How far each sample's map drifted", Show: Drift },
  { value: "layers", label: "layers", title: "Statistics of layers, A and B", Show: LayerTable },
  {
    value: "sensitivity",
    label: "sensitivity",
    title: "What it costs to cut each part, A and B",
    Show: EditTable,
  },
  { value: "runs", label: "all runs", title: "Every run against every other", Show: RunMatrix },
];

export function Main() {
  const { Show } = ALL.find(({ value }) => value === chosen.view.value) ?? ALL[0];
  if (!ends.value) return <p class="state mute">The shown runs hold nothing to compare.</p>;
  return (
    <section class="cmp" data-testid="compare">
      <EndPickers />
      {alone.value ? (
        <Alone />
      ) : (
        <>
          <div class="cmp-bar">
            <Segmented
              label="View"
              choices={ALL}
              value={chosen.view.value}
              testId="compare-view"
              onChange={into(chosen.view)}
            />
            <p class="cmp-headline" data-testid="compare-headline">
              {same.value ? SAME : headline()}
            </p>
          </div>
          <Show />
        </>
      )}
      <HoverNote context={context} />
    </section>
  );
}

const SAME = "A and B are the same record: nothing can differ. Choose another moment or run.";

/** "3 of 16 predictions flipped · median rank correlation of maps 0.41". */
function headline(): string {
  const { pairs } = lineup.value;
  const both = pairs.filter(({ flipped }) => flipped !== null).length;
  const ranks = pairs.flatMap((pair) => pair.measures()?.rank ?? []);
  const median = medianOf(ranks);
  return [
    both > 0 ? `${flips.value.length} of ${plural(both, "prediction")} flipped` : "",
    median === null ? "" : `median rank correlation of maps ${median.toFixed(2)}`,
  ]
    .filter(Boolean)
    .join(" · ");
}

function Alone() {
  return (
    <div class="state" data-testid="compare-alone">
      <h2>One moment is on record</h2>
      <p>
        It has nothing to be compared with yet. Choose a second run at the left, or wait for the
        next record: monitors record the untrained model first, and then after every epoch.
      </p>
    </div>
  );
}
