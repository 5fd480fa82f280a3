/** Every part of the model, costliest first. */
import { useRef } from "preact/hooks";
import { percent } from "../../format";
import { useRowWindow } from "../../ui/row-window";
import { amount, bytes, shapeWords } from "./amounts";
import { typeOf } from "./layout";
import type { Model } from "./model";
import { costRows, type Row } from "./rows";
import { chosen } from "./settings";
import type { Tree } from "./tree";

const ROW_HEIGHT = 30;
const COLUMNS =
  "minmax(110px, 2.2fr) minmax(70px, 1.2fr) minmax(100px, 1.3fr) 72px 66px 66px 110px";

export function Table({ model, tree }: { readonly model: Model; readonly tree: Tree }) {
  const body = useRef<HTMLDivElement>(null);
  const found = model.found.value;
  const searching = chosen.search.value.trim() !== "";
  const measure = model.measure.value;
  const rows = costRows(tree, measure).filter(({ node }) => !searching || found.has(node.id));
  const { first, last } = useRowWindow(body, rows.length, ROW_HEIGHT);
  return (
    <section class="card gr-table" aria-label="Parts of the model">
      <div role="table" aria-rowcount={rows.length + 1} data-testid="graph-table">
        <div class="gr-row gr-head" role="row" style={{ gridTemplateColumns: COLUMNS }}>
          {["part", "type", "output", "parameters", "MACs", "memory", measure.title].map((name) => (
            <span key={name} role="columnheader" class="clip" title={name}>
              {name}
            </span>
          ))}
        </div>
        <div
          ref={body}
          class="gr-body"
          role="rowgroup"
          style={{ height: `${rows.length * ROW_HEIGHT}px` }}
        >
          {rows.slice(first, last).map((row, i) => (
            <TableRow key={row.node.id} row={row} index={first + i} model={model} />
          ))}
        </div>
      </div>
    </section>
  );
}

interface RowProps {
  readonly row: Row;
  readonly index: number;
  readonly model: Model;
}

function TableRow({ row, index, model }: RowProps) {
  const { node, value, share } = row;
  const selected = model.node.value?.id === node.id;
  const measure = model.measure.value;
  return (
    <div
      class={`gr-row ${selected ? "on" : ""}`}
      role="row"
      aria-rowindex={index + 2}
      style={{ gridTemplateColumns: COLUMNS, top: `${index * ROW_HEIGHT}px` }}
    >
      <span role="cell" class="clip">
        <button
          type="button"
          class="plain clip"
          title={node.name}
          onClick={() => {
            chosen.node.value = node.id;
          }}
        >
          {node.name}
        </button>
      </span>
      <span role="cell" class="clip mute" title={node.type}>
        {typeOf(node)}
      </span>
      <span role="cell" class="clip num mute">
        {shapeWords(node.shape)}
      </span>
      <span role="cell" class="num">
        {amount(node.parameters)}
      </span>
      <span role="cell" class="num">
        {amount(node.macs)}
      </span>
      <span role="cell" class="num">
        {bytes(node.activation_bytes)}
      </span>
      <span role="cell" class="num gr-share">
        {Number.isFinite(share) && <i style={{ width: `${100 * Math.max(0, share)}%` }} />}
        <span>{measure.format(value)}</span>
        {Number.isFinite(share) && <small class="mute">{percent(share)}</small>}
      </span>
    </div>
  );
}
