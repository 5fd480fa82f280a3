/** The words that speak most for the target and most against it, as bars. */
import type { PanelContext } from "../../../types";
import { inkOf } from "../ink";
import { currentLook } from "../look";
import { numberWords } from "../names";
import { type Reading, topWords } from "./reading";

const MOST = 5; // words each way

interface Props {
  readonly context: PanelContext;
  readonly reading: Reading;
}

export function TopWords({ context, reading }: Props) {
  const above = topWords(reading, 1, MOST);
  const below = topWords(reading, -1, MOST).reverse();
  if (above.length + below.length === 0) return <p class="mute">Every value is zero.</p>;
  const dark = context.dark.value;
  return (
    <table class="attr-bars" data-testid="attributions-top">
      <tbody>
        {[...above, ...below].map(({ word, index, value }) => {
          const share = reading.peak > 0 ? value / reading.peak : 0;
          const ink = inkOf(Math.sign(value) * 0.85, currentLook(dark).diverging, dark);
          return (
            <tr key={index}>
              <th scope="row" class="clip" title={word.raw}>
                {word.text}
              </th>
              <td>
                <BarOf share={share} signed={reading.signed} colour={ink?.background ?? ""} />
              </td>
              <td class="num" data-fact={word.text}>
                {numberWords(value)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

interface BarProps {
  /** Of the largest bar; below zero to the left. */
  readonly share: number;
  readonly signed: boolean;
  readonly colour: string;
}

function BarOf({ share, signed, colour }: BarProps) {
  const held = Math.max(-1, Math.min(1, share));
  const unit = signed ? 50 : 100; // percent of the cell for the largest value
  const width = Math.abs(held) * unit;
  const left = signed ? 50 - (held < 0 ? width : 0) : 0;
  return (
    <span class={`attr-bar ${signed ? "signed" : ""}`}>
      <i style={{ left: `${left}%`, width: `${width}%`, background: colour }} />
    </span>
  );
}
