/** How maps are drawn, and what a difference is from. */
import { DIVERGING, SEQUENTIAL } from "../../maps/colormaps";
import { Check } from "../../ui/Check";
import { Segmented } from "../../ui/Segmented";
import { Select } from "../../ui/Select";
import { Slider } from "../../ui/Slider";
import { into, plain, range } from "./bind";
import type { Model } from "./model";
import { drawn, LEVELS_RANGE } from "./settings";

export function DrawingControls({ model }: { model: Model }) {
  const percent = (value: number) => `${Math.round(100 * value)} %`;
  const drawing = drawn.drawing.value;
  return (
    <>
      <Segmented
        label="Drawing"
        choices={[
          { value: "input", label: "input" },
          { value: "overlay", label: "overlay" },
          { value: "map", label: "map" },
          { value: "difference", label: "diff", title: "Difference to another record" },
        ]}
        value={drawing}
        testId="attributions-drawing"
        onChange={into(drawn.drawing)}
      />
      {drawing === "difference" && <Against model={model} />}
      {drawing === "overlay" && (
        <Slider
          label="Opacity"
          {...range(drawn.opacity, 0, 1, 0.05)}
          format={percent}
          testId="attributions-opacity"
        />
      )}
      <Slider
        label="Threshold"
        {...range(drawn.threshold, 0, 1, 0.01)}
        format={percent}
        testId="attributions-threshold"
      />
      <Slider
        label="Smoothing"
        {...range(drawn.smoothing, 0, 0.25, 0.01)}
        format={(value) => `${percent(value)} of width`}
        testId="attributions-smoothing"
      />
      <Check
        label="Contour lines"
        checked={drawn.contours.value}
        testId="attributions-contours"
        onChange={into(drawn.contours)}
      />
      {drawn.contours.value && (
        <Slider
          label="Levels"
          {...range(drawn.levels, LEVELS_RANGE[0], LEVELS_RANGE[1], 1)}
          testId="attributions-levels"
        />
      )}
      <Segmented
        label="Scale"
        choices={[
          {
            value: "shared",
            label: "shared",
            title: "One scale for all tiles of a method and layer",
          },
          { value: "sample", label: "per sample", title: "One scale for all tiles of a sample" },
          {
            value: "own",
            label: "own",
            title: "Each tile its own scale, from zero; flat ones stay flat",
          },
        ]}
        value={drawn.scale.value}
        testId="attributions-scale"
        onChange={into(drawn.scale)}
      />
      <Select
        label="Colours"
        choices={plain(SEQUENTIAL)}
        value={drawn.sequential.value}
        testId="attributions-colours"
        onChange={into(drawn.sequential)}
      />
      <Select
        label="Signed colours"
        choices={plain(DIVERGING)}
        value={drawn.diverging.value}
        testId="attributions-signed-colours"
        onChange={into(drawn.diverging)}
      />
    </>
  );
}

function Against({ model }: { model: Model }) {
  const { kind, epoch, run } = model.against.value;
  const moments = model.runs.value.flatMap((each) => each.moments);
  const epochs = [...new Set(moments.map((each) => each.epoch))].sort((a, b) => a - b);
  const names = model.runs.value.map((each) => each.run);
  return (
    <>
      <Select
        label="Against"
        choices={[
          { value: "previous", label: "previous record" },
          { value: "untrained", label: "untrained model" },
          { value: "epoch", label: "an epoch" },
          { value: "run", label: "another run", disabled: names.length < 2 },
        ]}
        value={kind}
        testId="attributions-against"
        onChange={into(drawn.against)}
      />
      {kind === "epoch" && (
        <Select
          label="Epoch"
          choices={plain(epochs.filter((each) => each >= 0).map(String))}
          value={String(epoch)}
          testId="attributions-against-epoch"
          onChange={(value) => {
            drawn.againstEpoch.value = Number(value);
          }}
        />
      )}
      {kind === "run" && (
        <Select
          label="Run"
          choices={plain(names)}
          value={run ?? ""}
          testId="attributions-against-run"
          onChange={(value) => {
            drawn.againstRun.value = value;
          }}
        />
      )}
    </>
  );
}
