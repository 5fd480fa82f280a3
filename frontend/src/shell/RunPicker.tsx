/** Which runs are shown: filter, choose, only, all, none. */
import { signal } from "@preact/signals";
import { answers, type CatalogRun } from "../api";
import { filterRuns, lengthOf, shownRuns } from "../catalog";
import { context } from "../context";
import { plural } from "../format";
import { liveRuns, type Poll, poll } from "../live";
import { catalog, refresh, runs, series } from "../state";
import { RunName } from "../ui/RunName";
import { Select } from "../ui/Select";
import { view } from "../view";

const pattern = signal("");

const POLLS: readonly { value: Poll; label: string }[] = [
  { value: "auto", label: "while live" },
  { value: "5", label: "every 5 s" },
  { value: "30", label: "every 30 s" },
  { value: "off", label: "off" },
];

export function RunPicker() {
  const all = catalog.value?.runs ?? [];
  const { runs: listed, error } = filterRuns(all, pattern.value);
  return (
    <section aria-label="Runs" data-testid="run-picker">
      <h3 class="row">
        Runs
        <span class="num">
          {runs.value.length} of {all.length}
        </span>
      </h3>
      <input
        type="search"
        placeholder="Filter runs (regex)"
        aria-label="Filter runs by regular expression"
        aria-invalid={error !== null}
        value={pattern.value}
        data-testid="run-filter"
        onInput={(event) => {
          pattern.value = event.currentTarget.value;
        }}
      />
      {error && (
        <p class="error-text" role="alert">
          {error}
        </p>
      )}
      <div class="pick">
        <button
          type="button"
          class="plain"
          data-testid="runs-all"
          onClick={() => choose(listed, true)}
        >
          all
        </button>
        <button
          type="button"
          class="plain"
          data-testid="runs-none"
          onClick={() => choose(listed, false)}
        >
          none
        </button>
        {pattern.value !== "" && <span class="mute">of {plural(listed.length, "match")}</span>}
      </div>
      <ul class="runs">
        {listed.map((run) => (
          <Run key={run.run} run={run} />
        ))}
      </ul>
      {answers().live ? <Refresh /> : <Origin />}
    </section>
  );
}

/** A report's: there is nothing to refresh, but a person may ask where it is from. */
function Origin() {
  return (
    <p class="mute clip" title={catalog.value?.experiment} data-testid="origin">
      Report of {catalog.value?.experiment}
    </p>
  );
}

function Refresh() {
  return (
    <div class="row">
      <Select
        label="Refresh"
        choices={POLLS}
        value={poll.value}
        testId="poll"
        onChange={(value) => {
          poll.value = value;
        }}
      />
      <button type="button" class="plain" onClick={() => void refresh()} aria-label="Refresh now">
        now
      </button>
    </div>
  );
}

function Run({ run: entry }: { readonly run: CatalogRun }) {
  const { run } = entry;
  const checked = runs.value.includes(run);
  const colour = context.runColour(run);
  return (
    <li class={`run ${checked ? "" : "off"}`} style={{ "--run": colour }} data-testid="run">
      <label title={run}>
        <input type="checkbox" checked={checked} onChange={() => toggle(run)} />
        <span class="swatch" />
        <RunName run={run} />
      </label>
      <small class="num">
        {liveRuns.value.has(run) && <span class="live">live</span>} {lengthOf(entry, series.value)}
      </small>
      <button
        type="button"
        class="plain only"
        aria-label={`Show only ${run}`}
        onClick={() => only(run)}
      >
        only
      </button>
    </li>
  );
}

function toggle(run: string): void {
  const shown = runs.value;
  setRuns(shown.includes(run) ? shown.filter((name) => name !== run) : [...shown, run]);
}

function only(run: string): void {
  setRuns([run]);
}

function choose(listed: readonly CatalogRun[], chosen: boolean): void {
  const names = new Set(listed.map(({ run }) => run));
  const others = runs.value.filter((run) => !names.has(run));
  setRuns(chosen ? [...others, ...names] : others);
}

function setRuns(names: readonly string[]): void {
  const byDefault = shownRuns(catalog.value, null);
  const same = names.length === byDefault.length && byDefault.every((run) => names.includes(run));
  view.runs.value = same ? null : names;
}
