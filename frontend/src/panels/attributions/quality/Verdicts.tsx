/** What failed, in words; and that nothing did. */
import { plural } from "../../../format";
import { type Measured, worst } from "./measured";

export function Verdicts({ measured }: { readonly measured: Measured }) {
  const { verdicts, methods } = measured;
  const level = worst(verdicts);
  if (level === null) {
    return (
      <p class="good" data-testid="trust-verdicts">
        Nothing that was checked speaks against {plural(methods.length, "method")}.
      </p>
    );
  }
  const titles = new Map(methods.map(({ name, title }) => [name, title]));
  return (
    <ul class="att-verdicts" data-testid="trust-verdicts">
      {verdicts.map(({ method, measure, level: own, message }) => (
        <li key={`${method} ${measure}`}>
          <span class={`badge att-verdict ${own}`}>{own === "fail" ? "fails" : "doubtful"}</span>
          <b>{titles.get(method) ?? method}</b> <span>{message}</span>
        </li>
      ))}
    </ul>
  );
}
