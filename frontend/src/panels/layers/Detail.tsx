/** The chosen layer in figures. */
import type { PanelContext } from "../../types";
import { Figures } from "./Figures";
import { layer } from "./model";

export function Detail({ context }: { readonly context: PanelContext }) {
  const row = layer.value;
  if (row === null) return <p class="mute">No layer is shown.</p>;
  return (
    <div class="ly-detail" data-testid="layers-detail">
      <h3 class="named two-lines" title={row} data-testid="layers-title">
        {row}
      </h3>
      <Figures row={row} context={context} />
    </div>
  );
}
