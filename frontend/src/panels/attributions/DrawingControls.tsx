/** How maps are drawn. */
import { Segmented } from "../../ui/Segmented";
import { Slider } from "../../ui/Slider";
import { Against } from "./Against";
import { into, range } from "./bind";
import { Colours } from "./Colours";
import { Contours } from "./Contours";
import type { Model } from "./model";
import { drawn } from "./settings";

const percent = (value: number) => `${Math.round(100 * value)} %`;

export function DrawingControls({ model, dark }: { model: Model; dark: boolean }) {
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
      <Filters />
      <Contours />
      <Colours dark={dark} />
    </>
  );
}

function Filters() {
  return (
    <>
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
    </>
  );
}
