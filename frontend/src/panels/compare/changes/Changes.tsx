/** What changed between A and B, in plain words, the largest first, each with its evidence. */
import { computed } from "@preact/signals";
import { count } from "../../../format";
import { ends, wordsOf } from "../model";
import { found } from "./all";
import { type Finding, RULE } from "./findings";
import { evidenceWords, openEvidence } from "./open";

const title = computed(() =>
  ends.value ? `What changed from ${wordsOf(ends.value.a)} to ${wordsOf(ends.value.b)}` : "",
);

export function Changes() {
  const { findings, quiet } = found.value;
  return (
    <article class="card cmp-changes" data-testid="compare-changes">
      <div class="title">
        <b>{title.value}</b>
        <span class="mute">{count(findings.length)} found</span>
      </div>
      {findings.length === 0 && <p>Nothing changed as much as the least that is told.</p>}
      <ol>
        {findings.map((finding, i) => (
          <Line key={`${i} ${finding.words}`} finding={finding} place={i + 1} />
        ))}
      </ol>
      {quiet.length > 0 && (
        <>
          <h3>Unchanged, or not compared</h3>
          <ul class="cmp-quiet mute" data-testid="compare-quiet">
            {quiet.map((words) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
        </>
      )}
      <p class="mute cmp-rule">{RULE}</p>
    </article>
  );
}

function Line({ finding, place }: { readonly finding: Finding; readonly place: number }) {
  const { words, detail, times, least, evidence } = finding;
  const alert = times === Number.POSITIVE_INFINITY;
  return (
    <li data-testid="compare-finding" data-times={times}>
      <span class="num mute">{place}</span>
      <span>
        <span>{words}</span> {detail && <span class="mute">{detail}</span>}
      </span>
      <button
        type="button"
        class="plain cmp-evidence"
        aria-label={`Show ${evidenceWords(evidence)}: ${words}`}
        onClick={() => openEvidence(evidence)}
      >
        {evidenceWords(evidence)}
      </button>
      <span class={`num ${alert ? "bad" : "mute"}`} title={`The least that is told: ${least}`}>
        {alert ? "alert" : `× ${times.toFixed(1)}`}
      </span>
    </li>
  );
}
