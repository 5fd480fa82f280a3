/** Alerts of one end alone. */
import { context } from "../../../context";
import { alertsOf } from "../../layers/alerts";
import { shownAlerts } from "../changes/layers";
import { openEvidence } from "../changes/open";
import { ends } from "../model";

export function EndAlerts() {
  if (!ends.value) return null;
  const { a, b } = ends.value;
  const found = shownAlerts(alertsOf(context.series.value), a, b);
  if (found.length === 0) return null;
  return (
    <article class="card" data-testid="compare-alerts">
      <div class="title">
        <b>Alerts</b>
        <span class="mute">at one end alone</span>
      </div>
      <ul class="cmp-alerts">
        {found.map(({ words, detail, evidence }) => (
          <li key={words}>
            <button type="button" class="plain" onClick={() => openEvidence(evidence)}>
              {words}
            </button>{" "}
            <span class="mute">{detail}</span>
          </li>
        ))}
      </ul>
    </article>
  );
}
