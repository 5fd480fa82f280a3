/** One sample of the probe table; its picture and curves are drawn by RowPictures. */
import { score } from "../../format";
import type { PanelContext } from "../../types";
import { PICTURE_WIDTH, ROW_HEIGHT } from "./ProbeTable";
import type { Cell, Row } from "./rows";

interface Props {
  readonly row: Row;
  readonly index: number;
  readonly columns: string;
  readonly context: PanelContext;
}

export function ProbeRow({ row, index, columns, context }: Props) {
  const { sample, cells } = row;
  const chosen = context.sample.value === sample.hash;
  const choose = () => {
    context.sample.value = sample.hash;
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the name inside is a button for the keyboard
    <div
      class={`ov-row ${chosen ? "on" : ""}`}
      role="row"
      tabIndex={-1}
      aria-rowindex={index + 2}
      aria-selected={chosen}
      style={{ gridTemplateColumns: columns, top: `${index * ROW_HEIGHT}px` }}
      data-testid="probe-row"
      data-sample={sample.hash}
      onClick={choose}
    >
      <span role="gridcell" class="ov-stuck" />
      <span role="gridcell" class="ov-stuck ov-name" style={{ left: `${PICTURE_WIDTH}px` }}>
        <button type="button" class="plain clip" title={`Sample ${sample.name}`} onClick={choose}>
          {sample.label ?? "no label"}
        </button>
        <small class="mute clip">{sample.name}</small>
      </span>
      <span role="gridcell" />
      {cells.map((cell, i) => (
        <span key={context.runs.value[i]} role="gridcell" class="ov-cell">
          {cell ? <Prediction cell={cell} /> : <span class="mute">–</span>}
        </span>
      ))}
    </div>
  );
}

function Prediction({ cell }: { readonly cell: Cell }) {
  const { prediction, changed } = cell;
  const { predicted, correct, labelScore, topScore } = prediction;
  const mark = correct === null ? "" : correct ? "✓" : "✗";
  const words = `predicts ${predicted} (${score(topScore)})${changed ? ", changed at this record" : ""}`;
  return (
    <>
      <span class={correct === false ? "bad mark" : "good mark"} aria-hidden="true">
        {mark}
      </span>
      <span class={`clip ov-class ${changed ? "ov-changed" : ""}`} title={words}>
        {predicted}
      </span>
      <span class="num mute" title="score of the label">
        {Number.isNaN(labelScore) ? "–" : score(labelScore)}
      </span>
    </>
  );
}
