/** Why there is nothing to lay side by side, and what to do about it. */
import { isAbsence } from "../../attributions/sources";
import { options, sides } from "../model";

/** Why an end has no maps, where samples are shared all the same. */
export function Absent() {
  const { a, b } = sides.value ?? {};
  const said = [
    ["A", a],
    ["B", b],
  ] as const;
  const reasons = said.flatMap(([name, side]) =>
    side && isAbsence(side.source) ? [`${name}: ${side.source.reason}`] : [],
  );
  if (reasons.length === 0) return null;
  return (
    <p class="cmp-note warn" data-testid="compare-absent">
      {reasons.join(" ")} {options.value.methods.length === 0 ? ADD : CHOOSE}
    </p>
  );
}

const ADD = "Add AttributionMonitor, or GradCAMMonitor, to record what predictions rest on.";
const CHOOSE =
  "Maps compare where both ends have the same method and target: choose others at the left, or " +
  "another moment.";

export function NoSamples() {
  const { a, b } = sides.value ?? {};
  const empty = [a, b].find((side) => side && !side.records?.probes.length);
  return (
    <div class="state" data-testid="compare-no-samples">
      <h2>{empty ? "No samples on record" : "No sample is in both"}</h2>
      <p>
        {empty
          ? `${empty.end.run} recorded no inputs of this kind. Layers and sensitivities may still compare: see the other views.`
          : "Samples line up by a hash of their content, and A and B watched different ones. " +
            "Give both runs the same probe, and compare them again:"}
      </p>
      {!empty && (
        <pre>
          <code>
            AttributionMonitor(probe=validation_set) # the same set, size and seed in each run
          </code>
        </pre>
      )}
    </div>
  );
}
