/** What is shown of the sensitivities, and in which order. */

import { useKeys } from "../../keys";
import { type Choice, Segmented } from "../../ui/Segmented";
import { Select } from "../../ui/Select";
import { Term } from "../../ui/Term";
import { into } from "../attributions/bind";
import { moveLevel, moveUnit, nextMeasure } from "./actions";
import { toggleFrozen, togglePin } from "./drafting";
import { allTracks, edit, edits, matching, measure, measures, metric, tracks, unit } from "./model";
import type { Edit } from "./readings";
import { chosen, type Sort, type Source } from "./settings";
import { EDITS, measureLabel, measureTitle } from "./words";

const KEYS = [
  { key: "ArrowUp", label: "previous unit", run: () => moveUnit(-1) },
  { key: "ArrowDown", label: "next unit", run: () => moveUnit(1) },
  { key: "[", label: "previous level", run: () => moveLevel(-1) },
  { key: "]", label: "next level", run: () => moveLevel(1) },
  { key: "m", label: "next measure", run: nextMeasure },
  { key: "p", label: "pin or unpin the plan", run: () => togglePin() },
  {
    key: "f",
    label: "freeze or thaw the unit",
    run: () => unit.peek() !== null && toggleFrozen(unit.peek() as string),
  },
];

const SOURCES: readonly Choice<Source>[] = [
  { value: "all", label: "all" },
  { value: "exact", label: "exact" },
  { value: "estimates", label: "estimates" },
];
const SORTS: readonly Choice<Sort>[] = [
  { value: "depth", label: "depth" },
  { value: "sensitivity", label: "sensitivity" },
  { value: "cost", label: "MACs" },
];
const PER_ROW = 3; // choices that there is room for

export function Controls() {
  useKeys(KEYS);
  if (allTracks.value.length === 0) return null;
  return (
    <>
      <section aria-label="What is shown" class="se-tight">
        <h3>Edit</h3>
        <EditChoices />
        <h3>Measure</h3>
        <div class="with-term">
          <Select
            label="Change of"
            choices={measures.value.map((value) => ({
              value,
              label: measureLabel(value, metric.value),
            }))}
            value={measure.value}
            testId="sensitivity-measure"
            onChange={into(measure)}
          />
          <Term group="sensitivity" name={measure.value} label="?" />
        </div>
        <p class="mute se-small">{measureTitle(measure.value, metric.value)}</p>
        <h3>Records</h3>
        <Segmented
          label="Records"
          choices={SOURCES}
          value={chosen.source.value}
          testId="sensitivity-sources"
          onChange={into(chosen.source)}
        />
        <p class="mute se-small">what is drawn, and what plans are made from</p>
      </section>
      <section aria-label="Units" class="se-tight">
        <h3>Units</h3>
        <input
          type="search"
          placeholder="Filter, e.g. stage3.*"
          aria-label="Filter units"
          data-testid="sensitivity-filter"
          value={chosen.filter.value}
          onInput={(event) => {
            chosen.filter.value = event.currentTarget.value;
          }}
        />
        <Segmented
          label="Sort units by"
          choices={SORTS}
          value={chosen.sort.value}
          testId="sensitivity-sort"
          onChange={into(chosen.sort)}
        />
        <p class="mute se-small">{matching.value.length} units</p>
      </section>
      <Marks />
    </>
  );
}

function EditChoices() {
  const choices = edits.value.map((value) => ({
    value,
    label: EDITS[value].label,
    title: EDITS[value].levels,
  }));
  const rows = Array.from({ length: Math.ceil(choices.length / PER_ROW) }, (_, i) =>
    choices.slice(i * PER_ROW, (i + 1) * PER_ROW),
  );
  return (
    <div data-testid="sensitivity-edit">
      {rows.map((row) => (
        <Segmented<Edit>
          key={row[0].value}
          label="Edit"
          choices={row}
          value={edit.value}
          onChange={into(edit)}
        />
      ))}
    </div>
  );
}

/** What the marks of the heatmap stand for. */
function Marks() {
  if (tracks.value.length === 0) return null;
  const marks = [
    ["full", "measured exactly"],
    ["disc", "estimated"],
    ["hollow", "below 2 standard errors: not distinguishable from no change"],
    ["missing", "not measured"],
    ["wild", "not finite"],
  ] as const;
  return (
    <section aria-label="Marks">
      <h3>Marks</h3>
      <ul class="se-marks">
        {marks.map(([mark, words]) => (
          <li key={mark}>
            <i class={mark} /> <span>{words}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
