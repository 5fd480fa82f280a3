/** What went wrong, in the order in which it was raised; a click goes there. */
import { useState } from "preact/hooks";
import { context } from "../../context";
import { count, plural } from "../../format";
import { epochWords } from "../../moments";
import { jumpTo } from "./actions";
import { type Alert, type AlertGroup, isGrave, ruleName, timesInWords } from "./alerts";
import { groupsOfAlerts } from "./model";

const FIRST = 8; // alerts listed before one asks for all
const LAYERS = 200; // of one alert told one by one

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
          <li key={`${group.run} ${group.what} ${group.rule} ${group.since} ${group.step}`}>
            <AlertItem group={group} />
            {group.alerts.length > 1 && <Layers alerts={group.alerts} />}
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
  const { run, rule, what, epoch, alerts } = group;
  const [first] = alerts;
  const over = alerts.every(({ cleared }) => cleared !== null);
  return (
    <button type="button" class="ly-alert" onClick={() => jumpTo(first)}>
      <i class={`mark ${isGrave(rule) ? "grave" : ""} ${over ? "over" : ""}`} />
      <span class="what">
        <b>{ruleName(rule)}</b>
        {alerts.length > 1 && ` · ${plural(alerts.length, "layer")}`}{" "}
        <span class="mute">{what}</span>
        {context.runs.value.length > 1 && (
          <span class="dot" title={run} style={{ background: context.runColour(run) }} />
        )}
        <small class="mute num">
          {timesInWords(group)} · {epochWords(epoch)}
        </small>
        {alerts.length === 1 && <Told alert={first} />}
      </span>
    </button>
  );
}

function Told({ alert: { layer, message } }: { readonly alert: Alert }) {
  return (
    <>
      <small class="clip" title={layer}>
        {layer}
      </small>
      <small class="mute">{message}</small>
    </>
  );
}

/** Each of several layers, with what was found there. */
function Layers({ alerts }: { readonly alerts: readonly Alert[] }) {
  const [open, setOpen] = useState(false);
  const more = alerts.length - LAYERS;
  return (
    <details class="ly-alerted" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class="mute">Which, and why</summary>
      {open &&
        alerts.slice(0, LAYERS).map((alert) => (
          <button type="button" class="ly-alert" key={alert.layer} onClick={() => jumpTo(alert)}>
            <span class="what">
              <Told alert={alert} />
            </span>
          </button>
        ))}
      {open && more > 0 && <p class="mute">and {count(more)} more</p>}
    </details>
  );
}
