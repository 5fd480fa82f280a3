/** Tiles of one layer: channels across, records down. */
import { useMemo, useRef, useState } from "preact/hooks";
import { count } from "../../format";
import { indexAtOrBefore } from "../../moments";
import type { PanelContext } from "../../types";
import { Canvas, type Spot } from "./Canvas";
import { evenly } from "./counted";
import { type Context, exact, FONT, theme } from "./draw";
import type { TileRow, TileSheet } from "./maps";
import type { TooltipText } from "./Tooltip";
import { tilePixels, tileValue } from "./tile";

interface Props {
  readonly sheet: TileSheet;
  readonly run: string;
  readonly label: string;
  readonly testId: string;
  readonly context: PanelContext;
}

const SHOWN = 8; // records
const LEFT = 60;
const HEAD = 18;
const GAP = 3;

/** Where tiles are. */
interface Layout {
  readonly pitch: number;
  readonly tile: number;
}

function layoutOf({ channels }: TileSheet, width: number): Layout {
  const pitch = Math.floor(Math.min(62, Math.max(14, (width - LEFT) / (channels.length || 1))));
  return { pitch, tile: pitch - GAP };
}

export function Sheet({ sheet, run, label, testId, context }: Props) {
  const [width, setWidth] = useState(600);
  const layout = useRef<Layout>({ pitch: 40, tile: 37 });
  const here = indexAtOrBefore(sheet.rows, context.stepIn(run));
  const places = evenly([...sheet.rows.keys()], SHOWN, here);
  const rows = places.map((place) => sheet.rows[place]);
  const dark = context.dark.value;
  const tiles = useMemo(() => tileCanvases(sheet, dark), [sheet, dark]);
  const draw = (to: Context, wide: number) => {
    if (wide !== width) setWidth(wide);
    layout.current = layoutOf(sheet, wide);
    paint(to, { sheet, rows, layout: layout.current, here: places.indexOf(here), tiles });
  };
  const at = ({ x, y }: Spot) => {
    const { pitch, tile } = layout.current;
    const [c, r] = [Math.floor((x - LEFT) / pitch), Math.floor((y - HEAD) / pitch)];
    return { c, row: rows[r], u: (x - LEFT - c * pitch) / tile, v: (y - HEAD - r * pitch) / tile };
  };
  return (
    <Canvas
      height={HEAD + rows.length * layoutOf(sheet, width).pitch}
      label={label}
      testId={testId}
      draw={draw}
      tell={(spot) => told(sheet, at(spot))}
      onPick={(spot) => {
        const { row } = at(spot);
        if (row) context.scrubToRecord(run, row.step);
      }}
    />
  );
}

type Tiles = (row: TileRow, c: number) => HTMLCanvasElement | null;

/** Returns what gives the picture of a tile, drawn once. */
function tileCanvases(sheet: TileSheet, dark: boolean): Tiles {
  const drawn = new Map<string, HTMLCanvasElement>();
  return (row, c) => {
    const tile = row.tiles[c];
    if (!tile) return null;
    const key = `${row.step} ${c}`;
    const known = drawn.get(key);
    if (known) return known;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.max(1, tile.width), Math.max(1, tile.height)];
    const image = new ImageData(canvas.width, canvas.height);
    new Uint32Array(image.data.buffer).set(tilePixels(tile, sheet.limits[c], dark));
    canvas.getContext("2d")?.putImageData(image, 0, 0);
    drawn.set(key, canvas);
    return canvas;
  };
}

interface Scene {
  readonly sheet: TileSheet;
  readonly rows: readonly TileRow[];
  readonly layout: Layout;
  readonly here: number;
  readonly tiles: Tiles;
}

function paint(to: Context, { sheet, rows, layout: { pitch, tile }, here, tiles }: Scene): void {
  const { mute, accent, line } = theme();
  to.font = FONT;
  to.textBaseline = "middle";
  to.textAlign = "center";
  to.fillStyle = mute;
  const every = Math.ceil(20 / pitch); // columns with a number
  sheet.channels.forEach((channel, c) => {
    if (c % every === 0) to.fillText(`${channel}`, LEFT + c * pitch + tile / 2, HEAD / 2);
  });
  to.textAlign = "right";
  to.imageSmoothingEnabled = false;
  rows.forEach((row, r) => {
    const y = HEAD + r * pitch;
    to.fillStyle = r === here ? accent : mute;
    to.fillText(count(row.step), LEFT - 8, y + tile / 2);
    sheet.channels.forEach((_, c) => {
      const picture = tiles(row, c);
      const x = LEFT + c * pitch;
      to.strokeStyle = line;
      to.lineWidth = 1;
      if (!picture) to.strokeRect(x + 0.5, y + 0.5, tile - 1, tile - 1);
      else {
        const zoom = tile / Math.max(picture.width, picture.height);
        to.drawImage(picture, x, y, picture.width * zoom, picture.height * zoom);
      }
    });
    if (r !== here) return;
    to.strokeStyle = accent;
    to.lineWidth = 1.5;
    to.strokeRect(LEFT - 1.5, y - 1.5, sheet.channels.length * pitch - GAP + 3, tile + 3);
  });
}

interface At {
  readonly c: number;
  readonly row: TileRow | undefined;
  /** Fractions of the tile. */
  readonly u: number;
  readonly v: number;
}

function told(sheet: TileSheet, { c, row, u, v }: At): TooltipText | null {
  const channel = sheet.channels[c];
  if (channel === undefined || !row) return null;
  const tile = row.tiles[c];
  const value = tile && tileValue(tile, u, v);
  return {
    title: `Channel ${channel}`,
    facts: [
      ["step", count(row.step)],
      ["value", value === null ? "not recorded" : value.map(exact).join(", ")],
      ["full colour at", exact(sheet.limits[c])],
    ],
  };
}
