/** What went wrong in one run's layers, each line a way to where it is drawn. */

import { openAlert } from "../layers/open";
import { alertLines } from "./alert-lines";
import { alerts } from "./model";

export function RunAlerts({ run }: { readonly run: string }) {
  const lines = alertLines(alerts.value.filter((alert) => alert.run === run));
  if (lines.length === 0) return null;
  return (
    <ul class="ov-alerts" data-testid="run-alerts">
      {lines.map(({ words, grave, over, first }) => (
        <li key={words}>
          <button
            type="button"
            class={`plain ${over ? "over" : ""}`}
            title={`${first.layer}: ${first.message}. Show it in Layers.`}
            onClick={() => openAlert(first)}
          >
            <i class={grave ? "grave" : ""} />
            <span>{words} →</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
