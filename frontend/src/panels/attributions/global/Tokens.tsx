/** The tokens that speak most for and against each class. */
import { className } from "../../../samples";
import type { PanelContext } from "../../../types";
import { exact } from "../../layers/draw";
import { signColour } from "../tabular/ink";
import { signedWords } from "../tabular/words";
import type { Summary } from "./summary";

interface Props {
  readonly context: PanelContext;
  readonly summary: Summary;
}

export function Tokens({ context, summary }: Props) {
  const { tokens, classNames, unit } = summary;
  if (!tokens) return null;
  const classes = [...new Set(tokens.map((each) => each.class))];
  const limit = Math.max(
    ...tokens.map(({ mean }) => Math.abs(Number(mean))).filter(Number.isFinite),
  );
  const signed = tokens.some(({ mean }) => Number(mean) < 0);
  return (
    <div class="att-cards" data-testid="overall-tokens">
      {classes.map((known) => (
        <section key={known}>
          <div class="att-method">
            <b class="clip">{className(classNames, known)}</b>
            <span class="mute clip">mean attribution of a token, {unit}</span>
          </div>
          {tokens
            .filter((each) => each.class === known)
            .sort((a, b) => Number(b.mean) - Number(a.mean))
            .map(({ token, mean, count }) => (
              <div
                key={token}
                class="att-step att-token"
                title={`${token}: ${exact(Number(mean))} ${unit}, seen ${count} times`}
              >
                <span class="clip mono">{token}</span>
                <span class="att-lane">
                  <i
                    class="att-bar"
                    style={{
                      ...barFrom(Number(mean), limit, signed),
                      background: signColour(Number(mean), context.dark.value),
                    }}
                  />
                </span>
                <span class="num">
                  {signedWords(Number(mean))} <span class="mute">× {count}</span>
                </span>
              </div>
            ))}
        </section>
      ))}
    </div>
  );
}

/** Returns where a bar begins and how wide it is: from the middle where values have both signs. */
function barFrom(value: number, limit: number, signed: boolean) {
  const share = (100 * Math.abs(value)) / (limit || 1);
  if (!signed) return { left: 0, width: `${share}%` };
  return { left: `${value < 0 ? 50 - share / 2 : 50}%`, width: `${share / 2}%` };
}
