/** What was measured of the method in depth: what failed, in words. */
import { recordAt } from "../../../moments";
import type { PanelContext, TrainingRecord } from "../../../types";
import type { Tile } from "../facts";
import type { Model } from "../model";

interface Props {
  readonly context: PanelContext;
  readonly model: Model;
  readonly tile: Tile;
  /** By index. */
  readonly moment: number;
}

interface Verdict {
  readonly method: string;
  readonly measure: string;
  readonly level: "fail" | "warn";
  readonly message: string;
}

export function Quality({ context, model, tile }: Props) {
  const record = measuredIn(context, model, tile);
  if (!record) return <p class="why">not recorded: deletion AUC, randomisation check</p>;
  const verdicts = record.fields.verdicts as readonly Verdict[];
  return (
    <>
      {verdicts
        .filter(({ method }) => method === tile.track.method)
        .map(({ measure, level, message }) => (
          <p key={measure} class={`doubt ${level}`} role="note">
            {message}
          </p>
        ))}
    </>
  );
}

/** Returns the newest measures of the run up to the scrubbed step that are of the same target. */
function measuredIn(
  context: PanelContext,
  { target }: Model,
  { run }: Tile,
): TrainingRecord | undefined {
  const own = context.series.value.filter((each) => each.run === run.run);
  const records = own.flatMap((each) => (each.kind === "explanation_quality" ? each.records : []));
  const ofTarget = records.filter(({ fields }) => fields.target === target.value);
  return recordAt(ofTarget, context.stepIn(run.run));
}
