/** Which samples the probe table shows, and in which order. */
import { Segmented } from "../../ui/Segmented";
import { Select } from "../../ui/Select";
import { allRows } from "./model";
import { type Filter, filter, type Sort, sort } from "./settings";

const FILTERS: readonly { value: Filter; label: string; title: string }[] = [
  { value: "all", label: "all", title: "Every probe sample" },
  { value: "wrong", label: "wrong", title: "A shown run predicts another class than the label" },
  { value: "changed", label: "changed", title: "A shown run's prediction changed at this record" },
];

const SORTS: readonly { value: Sort; label: string }[] = [
  { value: "probe", label: "probe order" },
  { value: "label", label: "label" },
  { value: "score", label: "lowest score" },
  { value: "spread", label: "runs disagree" },
];

export function Controls() {
  if (allRows.value.length === 0) return null;
  return (
    <section aria-label="Samples">
      <h3>Samples</h3>
      <Segmented
        label="Show samples"
        choices={FILTERS}
        value={filter.value}
        testId="sample-filter"
        onChange={(value) => {
          filter.value = value;
        }}
      />
      <Select
        label="Sort by"
        choices={SORTS}
        value={sort.value}
        testId="sample-sort"
        onChange={(value) => {
          sort.value = value;
        }}
      />
    </section>
  );
}
