/** Whether contour lines are drawn, and how many. */
import { Check } from "../../ui/Check";
import { Slider } from "../../ui/Slider";
import { into, range } from "./bind";
import { drawn, LEVELS_RANGE } from "./settings";

export function Contours() {
  return (
    <>
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
    </>
  );
}
