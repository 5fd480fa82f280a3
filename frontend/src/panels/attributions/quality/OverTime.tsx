/** Every measure over training, a line for each method. */

import { along } from "../../../along";
import { LineChart } from "../../../chart/LineChart";
import type { Line } from "../../../chart/line";
import { lookCloser } from "../../../closer";
import { paletteColour } from "../../../colours";
import { axis, here, scrubTo } from "../../../context";
import { score } from "../../../format";
import type { PanelContext } from "../../../types";
import { Term } from "../../../ui/Term";
import { timeName } from "../../layers/draw";
import { betterWords, unitWords } from "./figures";
import { controlOf, type Measure, type Measured, type Method, meanOf } from "./measured";

interface Props {
  /** Of one run, by ascending step. */
  readonly measured: readonly Measured[];
  readonly context: PanelContext;
}

export function OverTime({ measured, context }: Props) {
  const measures = uniqueByName(measured.flatMap((each) => each.measures));
  return (
    <div class="att-cards" data-testid="trust-over-time">
      {measures.map((measure) => {
        const lines = measureLines(measured, measure, context.dark.value);
        if (lines.length === 0) return null;
        return (
          <section key={measure.name}>
            <div class="att-method">
              <b class="clip">
                <Term group="quality" name={measure.name} label={measure.label} />
              </b>
              <span class="mute clip">
                {[unitWords(measure), betterWords(measure.better)].filter(Boolean).join(" · ")}
              </span>
            </div>
            <LineChart
              lines={lines}
              xLabel={axis.value}
              label={`${measure.label} over ${axis.value}s`}
              height={130}
              logarithmic={false}
              cursor={here.value}
              dark={context.dark.value}
              testId={`trust-${measure.name}-curve`}
              formatX={timeName}
              formatY={score}
              onPick={scrubTo}
              onZoom={lookCloser}
            />
          </section>
        );
      })}
    </div>
  );
}

export function uniqueByName<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  return [...new Map(entries.map((entry) => [entry.name, entry])).values()];
}

function measureLines(measured: readonly Measured[], { name }: Measure, dark: boolean): Line[] {
  const steps = measured.map(({ step }) => step);
  const places = along(measured[0]?.run ?? "", "explanation_quality", steps);
  const placeIn = (all: readonly { readonly name: string }[], wanted: string) =>
    all.findIndex((each) => each.name === wanted);
  const lineOf = (
    label: string,
    colour: string,
    valueIn: (each: Measured, s: number) => number,
  ) => {
    const y = measured.map((each) => {
      const s = placeIn(each.measures, name);
      return s < 0 ? Number.NaN : valueIn(each, s);
    });
    return y.every(Number.isNaN) ? [] : [{ label, colour, ...places, y }];
  };
  const methods: Method[] = uniqueByName(measured.flatMap((each) => each.methods));
  return [
    ...methods.flatMap((method, i) =>
      lineOf(method.title, paletteColour(i, dark), (each, s) => {
        const m = placeIn(each.methods, method.name);
        return m < 0 ? Number.NaN : (meanOf(each, m, s)?.mean ?? Number.NaN);
      }),
    ),
    ...lineOf("random order", "grey", (each, s) => controlOf(each, s)?.mean ?? Number.NaN),
  ];
}
