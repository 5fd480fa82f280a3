/** The words that speak most for the target and most against it, as bars. */
import type { PanelContext } from "../../../types";
import { numberWords } from "../names";
import { ValueBar } from "../ValueBar";
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
  return (
    <table class="attr-bars" data-testid="attributions-top">
      <tbody>
        {[...above, ...below].map(({ word, index, value }) => {
          const share = reading.peak > 0 ? value / reading.peak : 0;
          return (
            <tr key={index}>
              <th scope="row" class="clip" title={word.raw}>
                {word.text}
              </th>
              <td>
                <ValueBar context={context} share={share} signed={reading.signed} />
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
