/** The mean map of each class: of images as pictures, of series as a row for each channel. */

import type { ValueMap } from "../../../maps/dequantise";
import { dequantise, storedMap } from "../../../maps/dequantise";
import { magnitude } from "../../../maps/statistics";
import { className } from "../../../samples";
import type { PanelContext } from "../../../types";
import { Canvas, type Spot } from "../../layers/Canvas";
import { exact } from "../../layers/draw";
import type { TooltipText } from "../../layers/Tooltip";
import { numberWords } from "../names";
import { signedShade } from "../tabular/ink";
import { paintMap, type Size, sizeOf } from "./mapPicture";
import type { Summary } from "./summary";

const PICTURE = 200; // pixels high, of an image
const CHANNEL = 26; // of a channel

interface Props {
  readonly context: PanelContext;
  readonly summary: Summary;
  readonly isSeries: boolean;
}

export function ClassMeans({ context, summary, isSeries }: Props) {
  const { classMeans, classNames, classes, unit, signed } = summary;
  if (!classMeans) return null;
  const { maps, scales } = classMeans;
  const found = Array.from({ length: maps.shape[0] }, (_, k) =>
    dequantise(storedMap(maps, scales, k)),
  );
  const limit = Math.max(...found.map(({ values }) => magnitude(values)));
  const dark = context.dark.value;
  return (
    <div class={isSeries ? "" : "att-cards"} data-testid="overall-classes">
      <Scale {...{ limit, unit, dark, signed }} />
      {found.map((map, k) => {
        const name = classes ? className(classNames, classes[k]) : "all classes";
        const height = isSeries ? CHANNEL * map.height : PICTURE;
        return (
          <section key={name}>
            <div class="att-method">
              <b class="clip">{name}</b>
              <span class="mute clip">
                mean map, up to {numberWords(magnitude(map.values))} {unit}
              </span>
            </div>
            <Canvas
              height={height}
              label={`Mean map of ${name}`}
              testId="overall-class-mean"
              draw={(to, width) =>
                paintMap(to, map, sizeOf(map, width, height, isSeries), limit, dark)
              }
              tell={(spot) => toldOf(map, sizeOf(map, spot.width, height, isSeries), spot, unit)}
            />
          </section>
        );
      })}
    </div>
  );
}

interface ScaleProps {
  readonly limit: number;
  readonly unit: string;
  readonly signed: boolean;
  readonly dark: boolean;
}

function Scale({ limit, unit, signed, dark }: ScaleProps) {
  const shares = signed ? [-1, -0.5, 0, 0.5, 1] : [0, 0.5, 1];
  const colours = shares.map((share) => signedShade(share, 1, dark));
  return (
    <p class="att-scale mute num">
      {signed ? numberWords(-limit) : "0"}
      <i style={{ background: `linear-gradient(to right, ${colours.join(", ")})` }} />
      {numberWords(limit)} {unit}, one scale for all classes
    </p>
  );
}

function toldOf(map: ValueMap, size: Size, { x, y }: Spot, unit: string): TooltipText | null {
  const column = Math.floor((x / size.width) * map.width);
  const row = Math.floor((y / size.height) * map.height);
  if (column >= map.width || row >= map.height || column < 0 || row < 0) return null;
  const value = exact(map.values[row * map.width + column]);
  return {
    title: `row ${row}, column ${column}`,
    facts: [["mean attribution", `${value} ${unit}`]],
  };
}
