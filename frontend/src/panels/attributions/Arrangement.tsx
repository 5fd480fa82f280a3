/** What stands beside what in the film strip. */
import { type Choice, Segmented } from "../../ui/Segmented";
import type { Model } from "./model";
import { chosen, type LayoutName } from "./settings";

const CHOICES: readonly Choice<LayoutName>[] = [
  { value: "runs", label: "run", title: "Film strip: one block per run and method" },
  { value: "samples", label: "sample", title: "Film strip: runs of a sample together" },
  { value: "moment", label: "moment", title: "Runs and methods side by side, at one moment" },
];

export function Arrangement({ model }: { model: Model }) {
  return (
    <Segmented
      label="Arrange by"
      choices={CHOICES}
      value={model.layout.value}
      testId="attributions-layout"
      onChange={(value) => {
        chosen.layout.value = value;
      }}
    />
  );
}
