/** What failed of one method in one run at the scrubbed moment, beside whatever it draws. */
import type { PanelContext } from "../../../types";
import { measuredAt } from "./measured";

interface Props {
  readonly context: PanelContext;
  readonly run: string;
  readonly method: string;
  /** A measure that is said beside it in another way. */
  readonly except?: string;
}

export function MethodBadges({ context, run, method, except }: Props) {
  const measured = measuredAt(context, run);
  const own = measured?.verdicts.filter((each) => each.method === method) ?? [];
  const labels = new Map(measured?.measures.map(({ name, label }) => [name, label]));
  return (
    <>
      {own
        .filter(({ measure }) => measure !== except)
        .map(({ measure, level, message }) => (
          <span
            key={measure}
            class={`badge att-verdict ${level}`}
            title={message}
            data-testid={`verdict-${level}`}
          >
            {level === "fail" ? "fails" : "doubtful"}: {labels.get(measure) ?? measure}
          </span>
        ))}
    </>
  );
}
