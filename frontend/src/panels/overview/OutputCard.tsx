/** What one run puts out on the validation set at the scrubber. */
import { useState } from "preact/hooks";
import { count } from "../../format";
import { epochWords } from "../../moments";
import type { PanelContext, TrainingRecord } from "../../types";
import { RunName } from "../../ui/RunName";
import { confidences, reliability } from "./calibration";
import { confusion, mostConfused } from "./confusion";
import type { Drawing } from "./drawing";
import { Picture } from "./Picture";
import { jointMap, residualHistogram } from "./residuals";
import { logarithmicCounts } from "./settings";

const LISTED = 8; // confusions named where there are too many classes for a matrix

interface Props {
  readonly run: string;
  readonly record: TrainingRecord;
  readonly context: PanelContext;
}

export function OutputCard({ run, record, context }: Props) {
  const [said, say] = useState<string | null>(null);
  const colour = context.runColour(run);
  return (
    <article class="card ov-output" aria-label={`Outputs of ${run}`} data-testid="output-card">
      <div class="title">
        <span class="dot" style={{ background: colour }} />
        <b>
          <RunName run={run} />
        </b>
        <span class="mute num">{epochWords(record.epoch)}</span>
        <span class="mute num ov-right">{count(record.fields.samples as number)} samples</span>
      </div>
      <div class="ov-pictures-row">
        {drawingsOf(record, logarithmicCounts.value).map((drawing) => (
          <Picture
            key={drawing.title}
            drawing={drawing}
            colour={colour}
            dark={context.dark.value}
            testId={`output-${drawing.title.split(" ")[0].toLowerCase()}`}
            say={say}
          />
        ))}
        {record.arrays.confused && <MostConfused record={record} />}
      </div>
      <p class="mute clip num ov-said" aria-live="polite" data-testid="output-said">
        {said ?? " "}
      </p>
    </article>
  );
}

const drawings = new WeakMap<TrainingRecord, Map<boolean, readonly Drawing[]>>();

function drawingsOf(record: TrainingRecord, logarithmic: boolean): readonly Drawing[] {
  const known = drawings.get(record) ?? new Map<boolean, readonly Drawing[]>();
  drawings.set(record, known);
  const made = known.get(logarithmic) ?? newDrawings(record, logarithmic);
  known.set(logarithmic, made);
  return made;
}

function newDrawings(record: TrainingRecord, logarithmic: boolean): readonly Drawing[] {
  if (record.fields.task === "regression") {
    return [residualHistogram(record), jointMap(record, logarithmic)];
  }
  const matrix = confusion(record, logarithmic);
  return [reliability(record), confidences(record), ...(matrix ? [matrix] : [])];
}

function MostConfused({ record }: { readonly record: TrainingRecord }) {
  return (
    <div class="ov-picture">
      <b>Most frequent confusions</b>
      <table class="facts" data-testid="output-confused">
        <tbody>
          {mostConfused(record, LISTED).map(({ truth, predicted, samples }) => (
            <tr key={`${truth} ${predicted}`}>
              <th scope="row">
                {truth} → {predicted}
              </th>
              <td>{count(samples)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
