/** The exact weight under the pointer. */
import { RunName } from "../../ui/RunName";
import { chosenMap } from "./ink";
import type { Model } from "./model";
import { isAbsence, type Shown } from "./records";
import { tokenLabels } from "./tokens";
import { rowOf, topKeys } from "./weights";
import { headName, weightWords } from "./words";

const WIDTH = 300; // pixels, as in the style of all tooltips
const TOP = 4; // keys listed where the pointer is over a whole row

export function Tooltip({ model }: { readonly model: Model }) {
  const hover = model.hover.value;
  const shown = model.shown.value.find(
    (each): each is Shown => !isAbsence(each) && each.run === hover?.run,
  );
  const map = shown && chosenMap(model, shown);
  const head = model.head.value;
  if (!hover || !shown || !map || !head || hover.query >= map.height) return null;
  const labels = tokenLabels(shown);
  const row = rowOf(map, hover.query);
  const keys = hover.key === null ? topKeys(row, TOP) : [hover.key];
  const left = hover.x + 18 + WIDTH > innerWidth ? hover.x - 18 - WIDTH : hover.x + 18;
  return (
    <div
      class="tooltip"
      role="tooltip"
      data-testid="attention-tooltip"
      style={{ left: `${left}px`, top: `${Math.min(hover.y + 14, innerHeight - 160)}px` }}
    >
      <b>
        <RunName run={shown.run} />
      </b>
      <span class="mute">{headName(head.layer, head.head)}</span>
      <table class="facts">
        <tbody>
          {keys.map((key) => (
            <tr key={key}>
              <th scope="row">
                {labels[hover.query]} → {labels[key] ?? key}
              </th>
              <td data-fact="weight">{weightWords(row[key], map.kept === null)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
