/** Exact figures of what the pointer is over. */
import { factsAt, momentFacts, tileOf } from "./facts";
import { sampleTitle } from "./samples";
import { drawn } from "./settings";
import type { Strip } from "./strip";

const WIDTH = 300; // pixels, as in attributions.css
const HEIGHT = 220; // pixels it may need

export function Tooltip({ strip }: { strip: Strip }) {
  const hover = strip.model.hover.value;
  if (!hover || !strip.hovered.value) return null;
  const { track, moment, sample, x, y, clientX, clientY } = hover;
  const tile = tileOf(strip.model, track, moment, sample, drawn.drawing.value, drawn.scale.value);
  const left = clientX + 18 + WIDTH > innerWidth ? clientX - 18 - WIDTH : clientX + 18;
  const top = Math.min(clientY + 14, innerHeight - HEIGHT);
  return (
    <div
      class="tooltip"
      role="tooltip"
      data-testid="attributions-tooltip"
      style={{ left: `${left}px`, top: `${top}px` }}
    >
      <b>{sampleTitle(sample)}</b>
      <table class="facts">
        <tbody>
          {[...factsAt(tile, x, y), ...momentFacts(tile)].map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td data-fact={name}>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
