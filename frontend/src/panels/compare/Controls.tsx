/** What is compared, in which view, and how it is drawn. */
import { context } from "../../context";
import { useKeys } from "../../keys";
import { SEQUENTIAL } from "../../maps/colormaps";
import { Segmented } from "../../ui/Segmented";
import { Select } from "../../ui/Select";
import { Slider } from "../../ui/Slider";
import { into, plain, range } from "../attributions/bind";
import { SignedColours } from "../attributions/Colours";
import { drawn } from "../attributions/settings";
import { MapControls } from "./MapControls";
import { flips, hasMaps, lineup, movePair, space, swap } from "./model";
import { still, turn } from "./samples/flicker";
import { chosen, MODES, type Mode, RATE_RANGE, type Sort, shown } from "./settings";

const STEP = 0.05; // of a tile's width, for keys

const KEYS = [
  { key: "ArrowUp", label: "previous shown sample", run: () => movePair(-1) },
  { key: "ArrowDown", label: "next shown sample", run: () => movePair(1) },
  { key: "x", label: "exchange A and B", run: swap },
  { key: "w", label: "side by side, wipe, flicker or difference", run: nextMode },
  { key: "f", label: "flipped samples or all", run: toggleFilter },
  { key: ",", label: "divider of the wipe to the left", run: () => divide(-STEP) },
  { key: ".", label: "divider of the wipe to the right", run: () => divide(STEP) },
  { key: "t", label: "the other end of the flicker", run: turn },
];

function nextMode(): void {
  const next = MODES[(MODES.indexOf(shown.mode.peek()) + 1) % MODES.length];
  shown.mode.value = next;
}

function toggleFilter(): void {
  shown.filter.value = shown.filter.peek() === "all" ? "flipped" : "all";
}

function divide(by: number): void {
  shown.divider.value = Math.max(0, Math.min(1, shown.divider.peek() + by));
}

export function Controls() {
  useKeys(KEYS);
  const view = chosen.view.value;
  return (
    <div class="controls" data-testid="compare-controls">
      {view !== "layers" && view !== "sensitivity" && <MapControls />}
      {view === "samples" && lineup.value.pairs.length > 0 && <Samples />}
      {view === "samples" && hasMaps.value && lineup.value.pairs.length > 0 && <Drawing />}
    </div>
  );
}

const SORTS: readonly { value: Sort; label: string }[] = [
  { value: "rank", label: "rank correlation" },
  { value: "difference", label: "largest change" },
  { value: "shift", label: "centre shift" },
  { value: "score", label: "prediction" },
  { value: "probe", label: "probe order" },
];

function Samples() {
  return (
    <>
      <h3>Samples</h3>
      <Segmented
        label="Show samples"
        choices={[
          { value: "all", label: `all ${lineup.value.pairs.length}` },
          {
            value: "flipped",
            label: `${flips.value.length} flipped`,
            title: "The predicted class is another one in B than in A",
          },
        ]}
        value={shown.filter.value}
        testId="compare-filter"
        onChange={into(shown.filter)}
      />
      <Select
        label="Sorted by"
        choices={SORTS}
        value={shown.sort.value}
        testId="compare-sort"
        onChange={into(shown.sort)}
      />
    </>
  );
}

const STILL = "Your system asks for reduced motion; press t to see the other one";
const MODE_CHOICES: readonly { value: Mode; label: string; title: string }[] = [
  { value: "side", label: "side", title: "A, B and their difference, side by side" },
  { value: "wipe", label: "wipe", title: "A left of a line that you drag, B right of it" },
  { value: "flicker", label: "flicker", title: "A and B in turn, in one place" },
  { value: "difference", label: "diff", title: "B minus A" },
];

function Drawing() {
  return (
    <>
      <h3>Drawing</h3>
      {space.value === "image" && <Pictures />}
      <Segmented
        label="Scale of A and B"
        choices={[
          {
            value: "sample",
            label: "A, B per sample",
            title: "A and B of a sample share one scale",
          },
          { value: "shared", label: "shared", title: "One scale for A and B of all samples" },
        ]}
        value={shown.scale.value}
        testId="compare-scale"
        onChange={into(shown.scale)}
      />
      <Segmented
        label="Scale of B − A"
        choices={[
          { value: "shared", label: "B − A shared", title: "One scale for all differences" },
          { value: "sample", label: "per sample", title: "Each difference its own, from zero" },
        ]}
        value={shown.changeScale.value}
        testId="compare-change-scale"
        onChange={into(shown.changeScale)}
      />
      <SignedColours dark={context.dark.value} />
    </>
  );
}

/** How images are laid beside one another. */
function Pictures() {
  const { mode } = shown;
  return (
    <>
      <Segmented
        label="Side by side"
        choices={MODE_CHOICES}
        value={mode.value}
        testId="compare-mode"
        onChange={into(mode)}
      />
      {mode.value === "wipe" && (
        <Slider
          label="Divider"
          {...range(shown.divider, 0, 1, 0.01)}
          format={(value) => `${Math.round(100 * value)} %`}
          testId="compare-divider"
        />
      )}
      {mode.value === "flicker" && !still.value && (
        <Slider
          label="Turns a second"
          {...range(shown.rate, ...RATE_RANGE, 0.5)}
          testId="compare-rate"
        />
      )}
      {mode.value === "flicker" && still.value && <p class="mute cmp-still">{STILL}.</p>}
      <Segmented
        label="Maps as"
        choices={[
          { value: "overlay", label: "overlay", title: "Over the input" },
          { value: "map", label: "map", title: "Alone" },
        ]}
        value={shown.drawing.value}
        testId="compare-drawing"
        onChange={into(shown.drawing)}
      />
      <Select
        label="Colours"
        choices={plain(SEQUENTIAL)}
        value={drawn.sequential.value}
        testId="compare-colours"
        onChange={into(drawn.sequential)}
      />
    </>
  );
}
