/** What both ends predict for a sample, and how far its maps lie apart. */
import { score } from "../../../format";
import type { Prediction } from "../../../predictions";
import { DEFINITIONS } from "../definitions";
import { unit } from "../model";
import type { Pair } from "../pairs";

export function Predicted({ pair }: { readonly pair: Pair }) {
  const { before, after } = pair;
  if (!before && !after) return <p class="mute clip">no predictions on record</p>;
  return (
    <p class="cmp-predicted" data-testid="compare-predictions">
      <One prediction={before} /> <span class="mute">→</span> <One prediction={after} />
    </p>
  );
}

function One({ prediction }: { readonly prediction: Prediction | null }) {
  if (!prediction) return <span class="mute">–</span>;
  const { predicted, topScore, correct } = prediction;
  const mark = correct === null ? "" : correct ? "✓ " : "✗ ";
  const words = correct === null ? "" : correct ? "right: " : "wrong: ";
  return (
    <span
      class={`clip ${correct === false ? "bad" : ""}`}
      title={`${words}${predicted} (${score(topScore)})`}
    >
      <span aria-hidden="true">{mark}</span>
      {predicted} <span class="num">{score(topScore)}</span>
    </span>
  );
}

/** "rank correlation 0.31 · largest change 0.42 logit". */
export function Figures({ pair }: { readonly pair: Pair }) {
  const measures = pair.measures();
  if (!measures) return <p class="mute clip">no map at one end</p>;
  if (measures.reason) return <p class="mute clip">{measures.reason}</p>;
  const { rank, difference } = measures;
  const change = `change ${score(difference)} ${unit.value}`;
  return (
    <p class="cmp-figures mute clip">
      <span title={`${DEFINITIONS.rank.title}: ${DEFINITIONS.rank.meaning}`}>
        rank corr. {rank === null ? "not defined" : rank.toFixed(2)}
      </span>
      {" · "}
      <span title={`${DEFINITIONS.difference.title}: ${DEFINITIONS.difference.meaning}`}>
        {change}
      </span>
    </p>
  );
}
