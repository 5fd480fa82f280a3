/** How large tiles are: by itself what fits the view, or as chosen. */
import type { PanelContext } from "../../types";
import { Slider } from "../../ui/Slider";
import { into } from "./bind";
import { chosen, TILE_RANGE } from "./settings";
import { stripOf } from "./shownStrip";

export function TileSize({ context }: { context: PanelContext }) {
  const [smallest, largest] = TILE_RANGE;
  const fits = chosen.tile.value === null;
  const shown = chosen.tile.value ?? stripOf(context)?.strip.layout.value.tile ?? smallest;
  return (
    <>
      <Slider
        label="Tile size"
        value={shown}
        min={smallest}
        max={largest}
        step={1}
        format={(value) => `${fits ? "fits, " : ""}${Math.round(value)} px`}
        testId="attributions-tile"
        onChange={into(chosen.tile)}
      />
      {!fits && (
        <button
          type="button"
          class="plain"
          data-testid="attributions-fit"
          onClick={() => into(chosen.tile)(null)}
        >
          fit to width
        </button>
      )}
    </>
  );
}
