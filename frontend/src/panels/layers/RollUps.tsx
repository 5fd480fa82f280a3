/** What a row is: a layer alone, a module, or a block. */
import { Segmented } from "../../ui/Segmented";
import { Slider } from "../../ui/Slider";
import { into } from "../attributions/bind";
import type { RollUp } from "./groups";
import { deepestBlock, level, what } from "./model";
import { shown } from "./settings";

interface Choice {
  readonly value: RollUp;
  readonly label: string;
  readonly title: string;
}

const ALONE = "Each as it was recorded";
const BLOCKS: Choice = {
  value: "blocks",
  label: "blocks",
  title: "Modules together up to a depth of their name",
};
const OF_PARAMETERS: readonly Choice[] = [
  { value: "layers", label: "parameters", title: ALONE },
  { value: "modules", label: "modules", title: "The parameters of each module together" },
  BLOCKS,
];
const OF_MODULES: readonly Choice[] = [{ value: "layers", label: "modules", title: ALONE }, BLOCKS];

export function RollUps() {
  const rollUps = what.value === "activations" ? OF_MODULES : OF_PARAMETERS;
  const { rollUp, depth } = level.value;
  return (
    <>
      <Segmented
        label="Roll up"
        choices={rollUps}
        value={rollUps.some(({ value }) => value === rollUp) ? rollUp : "layers"}
        testId="layers-rollup"
        onChange={into(shown.rollUp)}
      />
      {rollUp === "blocks" && deepestBlock.value > 1 && (
        <Slider
          label="Parts of the name"
          value={depth}
          min={1}
          max={deepestBlock.value}
          step={1}
          testId="layers-depth"
          onChange={into(shown.depth)}
        />
      )}
    </>
  );
}
