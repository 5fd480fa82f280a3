/** The chosen layer in figures. */
import type { PanelContext } from "../../types";
import { Curves } from "./Curves";
import { Dead } from "./Dead";
import { Figures } from "./Figures";
import { HistogramChart } from "./HistogramChart";
import { focus, layer } from "./model";
import { Notes } from "./Notes";

export function Detail({ context }: { readonly context: PanelContext }) {
  const row = layer.value;
  if (row === null) return <p class="mute">No layer is shown.</p>;
  return (
    <div class="ly-detail" data-testid="layers-detail">
      <h3 class="named two-lines" title={row} data-testid="layers-title">
        {row}
      </h3>
      <section aria-label="Figures">
        <Figures row={row} context={context} />
      </section>
      {focus.value && <HistogramChart track={focus.value} row={row} context={context} />}
      <Dead row={row} context={context} />
      <Curves row={row} context={context} />
      <Notes context={context} />
    </div>
  );
}
