/** What is shown of the layers, how rows are made and ordered, and what went wrong. */

import { useKeys } from "../../keys";
import { Segmented } from "../../ui/Segmented";
import { Select } from "../../ui/Select";
import { Term } from "../../ui/Term";
import { into } from "../attributions/bind";
import { AlertList } from "./AlertList";
import { moveAlert, moveLayer, toggleScale } from "./actions";
import { monitors, statistic, statistics, what, whats } from "./model";
import { RollUps } from "./RollUps";
import type { Sort } from "./rows";
import { Scales } from "./Scales";
import { chosen, shown } from "./settings";
import { statisticTitle } from "./tables";

const KEYS = [
  { key: "ArrowUp", label: "previous layer", run: () => moveLayer(-1) },
  { key: "ArrowDown", label: "next layer", run: () => moveLayer(1) },
  { key: "n", label: "next alert", run: () => moveAlert(1) },
  { key: "N", label: "previous alert", run: () => moveAlert(-1) },
  { key: "l", label: "linear or log", run: toggleScale },
];

const SORTS: readonly { value: Sort; label: string }[] = [
  { value: "depth", label: "depth" },
  { value: "name", label: "name" },
  { value: "value", label: "value at the scrubber" },
];

export function Controls() {
  useKeys(KEYS);
  return (
    <>
      <Shown />
      <Layers />
      <AlertList />
    </>
  );
}

function Shown() {
  return (
    <section aria-label="What is shown" class="ly-tight">
      <h3>What</h3>
      <Segmented
        label="What"
        choices={whats.value.map((value) => ({ value, label: value }))}
        value={what.value}
        testId="layers-what"
        onChange={into(what)}
      />
      {monitors.value.length > 1 && (
        <Select
          label="Monitor"
          choices={[
            { value: "", label: "all" },
            ...monitors.value.map((value) => ({ value, label: value })),
          ]}
          value={monitors.value.includes(chosen.monitor.value) ? chosen.monitor.value : ""}
          testId="layers-monitor"
          onChange={into(chosen.monitor)}
        />
      )}
      <div class="with-term">
        <Select
          label="Statistic"
          choices={statistics.value.map((each) => ({
            value: each.name,
            label: statisticTitle(each),
          }))}
          value={statistic.value?.name ?? ""}
          testId="layers-statistic"
          onChange={(value) => {
            chosen.statistic.value = value;
            chosen.scale.value = null;
          }}
        />
        <Term group={what.value} name={statistic.value?.name ?? ""} label="?" />
      </div>
      <Scales />
    </section>
  );
}

function Layers() {
  return (
    <section aria-label="Layers" class="ly-tight">
      <h3>Layers</h3>
      <input
        type="search"
        placeholder="Filter, e.g. blocks.*.attn"
        aria-label="Filter layers by text or glob"
        value={shown.filter.value}
        data-testid="layers-filter"
        onInput={(event) => {
          shown.filter.value = event.currentTarget.value;
        }}
      />
      <RollUps />
      <Select
        label="Sort by"
        choices={SORTS}
        value={shown.sort.value}
        testId="layers-sort"
        onChange={into(shown.sort)}
      />
    </section>
  );
}
