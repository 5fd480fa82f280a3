/** Which samples are shown, and how many they are. */
import { type Choice, Segmented } from "../../ui/Segmented";
import { into } from "./bind";
import type { Model } from "./model";
import { chosen, FILTERS, type Filter } from "./settings";

const TITLES: Readonly<Record<Filter, string | undefined>> = {
  all: undefined,
  wrong: "Misclassified by the last record of a shown run",
  changed: "First and last prediction of a shown run differ",
};

export function SampleFilter({ model }: { model: Model }) {
  const count = model.samples.value.length;
  const choices = FILTERS.map((value): Choice<Filter> => {
    const words = value === "all" ? `all ${count}` : `${count} ${value}`;
    return { value, label: value === chosen.filter.value ? words : value, title: TITLES[value] };
  });
  return (
    <Segmented
      label="Samples"
      choices={choices}
      value={chosen.filter.value}
      testId="attributions-samples"
      onChange={into(chosen.filter)}
    />
  );
}
