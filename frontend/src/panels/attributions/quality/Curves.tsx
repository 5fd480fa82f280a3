/** What becomes of the output as the parts a method calls important are taken away, or brought in. */

import { LineChart } from "../../../chart/LineChart";
import type { Line } from "../../../chart/line";
import { paletteColour } from "../../../colours";
import { score } from "../../../format";
import type { PanelContext } from "../../../types";
import { Term } from "../../../ui/Term";
import type { Measured } from "./measured";

interface Props {
  readonly measured: Measured;
  readonly context: PanelContext;
}

/** Per cent of the input at which the legend tells values, unless the pointer is elsewhere. */
const TOLD = 20;

export const CURVES = [
  { name: "deletion", title: "Deletion", better: "lower is better", of: "removed" },
  { name: "insertion", title: "Insertion", better: "higher is better", of: "brought in" },
] as const;

export function Curves({ measured, context }: Props) {
  return (
    <>
      {CURVES.map(({ name, title, better, of }) => {
        const lines = curveLines(measured, name, context.dark.value);
        if (lines.length === 0) return null;
        return (
          <section key={name}>
            <div class="att-method">
              <b>
                <Term group="quality" name={name} label={title} />
              </b>
              <span class="mute clip">
                {name}: {better} · output as input is {of}
              </span>
            </div>
            <LineChart
              lines={lines}
              xLabel={`% of the input ${of}`}
              label={`${title} curves`}
              height={150}
              logarithmic={false}
              cursor={TOLD}
              dark={context.dark.value}
              testId={`trust-${name}`}
              formatX={(value) => `${Number(value.toFixed(1))}`}
              formatY={score}
            />
          </section>
        );
      })}
    </>
  );
}

/** Returns a line for each method, in its colour, and one for the random order. */
export function curveLines(measured: Measured, name: string, dark: boolean): Line[] {
  const { fractions, methods, arrays } = measured;
  const curves = arrays[name];
  if (!curves) return [];
  const P = fractions.length;
  const titles = [...methods.map(({ title }) => title), "random order"];
  return titles.flatMap((label, m) => {
    const y = Array.from(curves.data.subarray(m * P, (m + 1) * P) as Float32Array);
    if (y.every(Number.isNaN)) return [];
    const colour = m < methods.length ? paletteColour(m, dark) : "grey";
    return [{ label, colour, x: fractions.map((share) => 100 * share), y }];
  });
}
