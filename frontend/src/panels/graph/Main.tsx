/** The drawing of the model, or the table of its parts. */
import { said } from "../../format";
import type { PanelContext } from "../../types";
import { Drawing } from "./Drawing";
import { Legend, Totals } from "./Legend";
import { modelOf } from "./model";
import { chosen } from "./settings";
import { Table } from "./Table";

export function Main({ context }: { readonly context: PanelContext }) {
  const model = modelOf(context);
  const tree = model.tree.value;
  if (!tree) return <p class="mute">No shown run has a graph on record: {gapsOf(context)}</p>;
  if (chosen.view.value === "table") {
    return (
      <div class="graph tabular" data-testid="graph">
        <Totals model={model} tree={tree} context={context} />
        <Table model={model} tree={tree} />
      </div>
    );
  }
  return (
    <div class="graph" data-testid="graph">
      <Totals model={model} tree={tree} context={context} />
      <Drawing model={model} context={context} />
      <Legend model={model} />
    </div>
  );
}

/** Why monitors drew no graph. */
function gapsOf({ series }: PanelContext): string {
  const reasons = series.value
    .filter(({ kind }) => kind === "graph")
    .flatMap(({ records }) => records.flatMap(({ fields }) => said(fields.gap ?? "")));
  return [...new Set(reasons.filter(Boolean))].join("; ") || "choose other runs at the left.";
}
