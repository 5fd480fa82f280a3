/** What values become which colours: the scale and the colour maps. */
import { DIVERGING, divergingFor, SEQUENTIAL } from "../../maps/colormaps";
import { type Choice, Segmented } from "../../ui/Segmented";
import { Select } from "../../ui/Select";
import { into, plain } from "./bind";
import { drawn, type ScaleName } from "./settings";

const SCALES: readonly Choice<ScaleName>[] = [
  { value: "shared", label: "shared", title: "One scale for all tiles of a method and layer" },
  {
    value: "sample",
    label: "per sample",
    title: "One scale for a sample in each run, over epochs",
  },
  { value: "own", label: "own", title: "Each tile its own scale, from zero; flat ones stay flat" },
];

export function Colours({ dark }: { dark: boolean }) {
  return (
    <>
      <ScaleChoice />
      <Select
        label="Colours"
        choices={plain(SEQUENTIAL)}
        value={drawn.sequential.value}
        testId="attributions-colours"
        onChange={into(drawn.sequential)}
      />
      <SignedColours dark={dark} />
    </>
  );
}

export function ScaleChoice() {
  return (
    <Segmented
      label="Scale"
      choices={SCALES}
      value={drawn.scale.value}
      testId="attributions-scale"
      onChange={into(drawn.scale)}
    />
  );
}

const BY_THEME = ""; // of the list of colour maps: no choice

export function SignedColours({ dark }: { dark: boolean }) {
  return (
    <Select
      label="Signed colours"
      choices={[{ value: BY_THEME, label: `${divergingFor(dark)} (theme)` }, ...plain(DIVERGING)]}
      value={drawn.diverging.value ?? BY_THEME}
      testId="attributions-signed-colours"
      onChange={(value) => {
        drawn.diverging.value = value === BY_THEME ? null : value;
      }}
    />
  );
}
