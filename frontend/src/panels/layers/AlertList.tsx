/** What went wrong, in the order in which it began; a click goes there. */
import { useState } from "preact/hooks";
import { context } from "../../context";
import { count } from "../../format";
import { epochWords } from "../../moments";
import { jumpTo } from "./actions";
import { type AlertGroup, isGrave, layersInWords, ruleName } from "./alerts";
import { groupsOfAlerts } from "./model";

const FIRST = 8; // alerts listed before one asks for all

export function AlertList() {
  const [all, showAll] = useState(false);
  const groups = groupsOfAlerts.value;
  const listed = all ? groups : groups.slice(0, FIRST);
  return (
    <section aria-label="Alerts">
      <h3>Alerts{groups.length > 0 ? ` · ${groups.length}` : ""}</h3>
      {groups.length === 0 && <p class="mute">None was raised.</p>}
      <ul class="ly-alerts" data-testid="layers-alerts">
        {listed.map((group) => (
          <li key={`${group.run} ${group.what} ${group.rule} ${group.step}`}>
            <AlertItem group={group} />
          </li>
        ))}
      </ul>
      {groups.length > FIRST && (
        <button type="button" class="plain" onClick={() => showAll(!all)}>
          {all ? "Fewer" : `All ${groups.length}`}
        </button>
      )}
    </section>
  );
}

function AlertItem({ group }: { readonly group: AlertGroup }) {
  const { run, rule, what, step, epoch, alerts } = group;
  const over = alerts.every(({ cleared }) => cleared !== null);
  const grave = isGrave(rule) ? "grave" : "";
  return (
    <button
      type="button"
      class="ly-alert"
      title={alerts.map(({ message }) => message).join("\n")}
      onClick={() => jumpTo(group)}
    >
      <i class={`mark ${grave} ${over ? "over" : ""}`} />
      <span class="what">
        <b>{ruleName(rule)}</b> <span class="mute">{what}</span>
        {context.runs.value.length > 1 && (
          <span class="dot" title={run} style={{ background: context.runColour(run) }} />
        )}
        <small class="mute num">
          step {count(step)} · {epochWords(epoch)}
          {over ? " · over" : ""}
        </small>
        <small class="mute clip">{layersInWords(alerts)}</small>
      </span>
    </button>
  );
}
