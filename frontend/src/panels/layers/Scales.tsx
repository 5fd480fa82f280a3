/** How values become colours and heights: linear or log, one scale or one for each run. */
import { Segmented } from "../../ui/Segmented";
import { into } from "../attributions/bind";
import { logarithmic, tracks } from "./model";
import { chosen, type ScaleName, shown } from "./settings";

export function Scales() {
  return (
    <>
      <h3>Scale</h3>
      <Segmented
        label="Scale"
        choices={[
          { value: "linear", label: "linear" },
          { value: "log", label: "log" },
        ]}
        value={logarithmic.value ? "log" : "linear"}
        testId="layers-scale"
        onChange={(value: ScaleName) => {
          chosen.scale.value = value;
        }}
      />
      {tracks.value.length > 1 && (
        <Segmented
          label="Colours of runs"
          choices={[
            { value: "shared", label: "shared", title: "One scale of colours for all runs" },
            { value: "own", label: "per run", title: "A scale of colours for each run" },
          ]}
          value={shown.colours.value}
          testId="layers-colour-scale"
          onChange={into(shown.colours)}
        />
      )}
    </>
  );
}
