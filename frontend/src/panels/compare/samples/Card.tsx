/** One sample: what it is, its tiles (drawn by ImageGrid), what was predicted, how far it changed. */
import { context } from "../../../context";
import { note } from "../../attributions/HoverNote";
import { numberWords } from "../../attributions/names";
import { sampleTitle } from "../../attributions/samples";
import { pair as inDepth } from "../model";
import type { Pair } from "../pairs";
import { shown } from "../settings";
import { contentOf, type Part, type Pictured } from "./contents";
import { showing } from "./flicker";
import { GAP, type Grid, HEAD, PAD, TILE_GAP } from "./grid";
import { Figures, Predicted } from "./Predicted";

interface Props {
  readonly pair: Pair;
  readonly index: number;
  readonly grid: Grid;
  readonly of: Pictured | null;
}

const SIDE: readonly Part[] = ["a", "b", "difference"];
export const PART_NAMES = { a: "A", b: "B", difference: "B − A" } as const;

function captions(): readonly string[] {
  if (shown.mode.value === "side") return SIDE.map((part) => PART_NAMES[part]);
  if (shown.mode.value === "wipe") return ["A left, B right of the line"];
  if (shown.mode.value === "difference") return [PART_NAMES.difference];
  return [`${PART_NAMES[showing.value]}, in turn with ${showing.value === "a" ? "B" : "A"}`];
}

export function Card({ pair, index, grid, of }: Props) {
  const { sample } = pair;
  const on = inDepth.value?.sample.hash === sample.hash;
  const take = () => {
    context.sample.value = sample.hash;
  };
  const left = (index % grid.columns) * (grid.cardWidth + GAP);
  const top = Math.floor(index / grid.columns) * grid.pitch;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: its title is a button for the keyboard
    // biome-ignore lint/a11y/noStaticElementInteractions: its title is a button for the keyboard
    <div
      class={`cmp-card ${on ? "on" : ""}`}
      data-testid="compare-sample"
      data-sample={sample.hash}
      data-flipped={pair.flipped === true}
      style={{
        left: `${left}px`,
        top: `${top}px`,
        width: `${grid.cardWidth}px`,
        height: `${grid.pitch - GAP}px`,
      }}
      onClick={take}
    >
      <div class="cmp-head">
        <button type="button" class="plain clip" aria-pressed={on} onClick={take}>
          {sampleTitle(sample)}
        </button>
        {pair.flipped && <span class="badge alarm">flipped</span>}
      </div>
      <div class="cmp-captions mute" style={{ gap: `${TILE_GAP}px` }}>
        {captions().map((words) => (
          <span key={words} class="clip" style={{ width: `${grid.tile}px` }}>
            {words}
          </span>
        ))}
      </div>
      <Places grid={grid} pair={pair} of={of} />
      <div class="cmp-foot">
        <Predicted pair={pair} />
        <Figures pair={pair} />
      </div>
    </div>
  );
}

/** Where the tiles are drawn: takes the pointer for them. */
function Places({ grid, pair, of }: Omit<Props, "index">) {
  const place = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
  };
  const divide = (event: PointerEvent) => {
    shown.divider.value = Math.max(0, Math.min(1, place(event).x));
  };
  const wipes = shown.mode.value === "wipe";
  return (
    <>
      {Array.from({ length: grid.tiles }, (_, tile) => (
        <span
          key={tile}
          class={`cmp-place ${wipes ? "wipes" : ""}`}
          data-tile={tile}
          style={{
            left: `${PAD + tile * (grid.tile + TILE_GAP)}px`,
            top: `${HEAD}px`,
            width: `${grid.tile}px`,
            height: `${grid.tileHeight}px`,
          }}
          onPointerDown={(event) => {
            if (!wipes) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            divide(event);
          }}
          onPointerMove={(event) => {
            const divides = wipes && event.buttons === 1;
            if (divides) divide(event);
            const { clientX, clientY } = event;
            const facts = divides ? null : of && factsAt(of, pair, place(event));
            note.value = facts && { title: sampleTitle(pair.sample), facts, clientX, clientY };
          }}
          onPointerLeave={() => {
            note.value = null;
          }}
        />
      ))}
    </>
  );
}

/** Returns the values of A, B and their difference under a place, given as fractions. */
function factsAt(of: Pictured, { sample }: Pair, { x, y }: { x: number; y: number }) {
  return SIDE.flatMap((part) => {
    const content = contentOf(of, part, sample);
    if (!content) return [];
    const { values, height, width } = content.map();
    const [row, column] = [Math.floor(y * height), Math.floor(x * width)];
    if (row < 0 || column < 0 || row >= height || column >= width) return [];
    const words = `${numberWords(values[row * width + column])} ${content.source.unit}`;
    return [[PART_NAMES[part], content.flat ? `${words}, drawn as flat` : words] as const];
  });
}
