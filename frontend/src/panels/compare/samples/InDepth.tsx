/** The sample in depth, larger: its input, A, B and their difference. */
import { useEffect, useRef } from "preact/hooks";
import { useWidth } from "../../../ui/size";
import { lookKey } from "../../attributions/look";
import { picturesReady } from "../../attributions/pictures";
import { contentPixels, inputPixels, type Pixels } from "../../attributions/pixels";
import { Raster } from "../../attributions/raster";
import type { Size } from "../../attributions/render";
import { themeAt } from "../../attributions/theme";
import type { Pair } from "../pairs";
import { contentOf, type Part, type Pictured } from "./contents";
import { lookNow, picturedNow } from "./pictured";

const GAP = 6; // pixels between pictures
const CAPTION = 18; // above each
const PICTURES = [
  { name: "input", part: null },
  { name: "B − A", part: "difference" },
  { name: "A", part: "a" },
  { name: "B", part: "b" },
] as const;

export function InDepth({ pair }: { readonly pair: Pair }) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(host);
  const pictured = picturedNow();
  const ready = picturesReady.value;
  const look = lookNow();
  const side = Math.max(1, Math.floor((width - GAP) / 2));
  const { height = 1, width: across = 1 } = pictured?.a.probe ?? {};
  const tall = Math.max(1, Math.round(side * Math.min(3, height / across) || 1));
  useEffect(() => {
    if (!canvas.current || !pictured || width === 0 || ready < 0) return;
    paint(canvas.current, pictured, pair, { width: side, height: tall }, look);
  });
  if (!pictured) return null;
  return (
    <div ref={host} class="cmp-depth" style={{ height: `${2 * (tall + CAPTION)}px` }}>
      {PICTURES.map(({ name }, i) => (
        <span key={name} class="mute" style={placeOf(i, side, tall)}>
          {name}
        </span>
      ))}
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Input, A, B and their difference for sample ${pair.sample.name}`}
        data-testid="compare-depth"
      />
    </div>
  );
}

function placeOf(i: number, side: number, tall: number) {
  return { left: `${(i % 2) * (side + GAP)}px`, top: `${Math.floor(i / 2) * (tall + CAPTION)}px` };
}

const raster = new Raster();

function paint(
  canvas: HTMLCanvasElement,
  pictured: Pictured,
  { sample }: Pair,
  { width, height }: Size,
  look: ReturnType<typeof lookNow>,
): void {
  const ratio = window.devicePixelRatio || 1;
  const size = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
  canvas.width = Math.round((2 * width + GAP) * ratio);
  canvas.height = Math.round(2 * (height + CAPTION) * ratio);
  canvas.style.width = `${2 * width + GAP}px`;
  raster.clear(canvas.width, canvas.height, 0);
  const { linePixel } = themeAt(canvas);
  PICTURES.forEach(({ part }, i) => {
    const left = Math.round((i % 2) * (width + GAP) * ratio);
    const top = Math.round((Math.floor(i / 2) * (height + CAPTION) + CAPTION) * ratio);
    const pixels = part ? drawn(part) : inputPixels(sample, size);
    if (pixels instanceof Uint32Array) raster.put(pixels, size, left, top);
    else raster.blank(size, left, top, linePixel, pixels === null);
  });
  const to = canvas.getContext("2d");
  if (to) raster.paint(to);

  function drawn(part: Part): Pixels {
    const content = contentOf(pictured, part, sample);
    const own = { ...look, solid: look.solid || part === "difference" };
    return content && contentPixels(content, sample, { look: own, key: lookKey(own), size });
  }
}
