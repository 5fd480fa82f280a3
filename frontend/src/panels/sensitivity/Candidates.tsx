/** What a plan was chosen from: predicted beside verified, and where that tells no difference. */
import { score } from "../../format";
import { allocatorLabel } from "./asking";
import { metric } from "./model";
import { type Candidate, candidatesOf, figure, isTie, type PlanRecord } from "./planned";

export function Candidates({ record }: { readonly record: PlanRecord }) {
  const { plan } = record;
  const candidates = candidatesOf(record);
  const chosen = candidates.find(({ allocator }) => allocator === plan.allocator);
  const tied = candidates.filter((each) => chosen && each !== chosen && ties(each, chosen));
  return (
    <>
      <table class="se-table" data-testid="plan-candidates">
        <thead>
          <tr>
            <th scope="col">{candidates.length > 1 ? "chosen from" : "plan"}</th>
            <th scope="col" class="predicted">
              predicted KL
            </th>
            <th scope="col" class="verified">
              verified KL
            </th>
            <th scope="col" class="verified">
              {metric.value}
            </th>
          </tr>
        </thead>
        <tbody>
          {candidates.map((each) => (
            <tr key={each.allocator} class={each === chosen && candidates.length > 1 ? "on" : ""}>
              <th scope="row">{allocatorLabel(each.allocator)}</th>
              <td class="predicted">{words(figure(each.predicted, "kl"))}</td>
              <td class="verified">
                {each.verified ? words(figure(each.verified, "kl")) : "not measured"}
              </td>
              <td class="verified">{words(figure(each.verified, "metric"))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="se-small mute">
        Predicted: KL summed unit by unit. Verified: all cuts measured together
        {chosen?.verified?.recalibrated === true ? ", BatchNorm recalibrated" : ""}, before any
        fine-tuning, after which such plans often tie.
        {tied.length > 0 &&
          ` Already ${tied.map(({ allocator }) => allocatorLabel(allocator)).join(", ")} can't be told apart from the chosen one by ${metric.value}.`}
      </p>
    </>
  );
}

function ties(a: Candidate, b: Candidate): boolean {
  const samples = Math.min(figure(a.verified, "samples"), figure(b.verified, "samples"));
  return isTie(figure(a.verified, "metric"), figure(b.verified, "metric"), samples);
}

function words(value: number): string {
  return Number.isNaN(value) ? "–" : score(value);
}
