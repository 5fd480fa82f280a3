/** How the values of the chosen layer are spread, record behind record. */
import { useMemo, useRef } from "preact/hooks";
import { count, percent } from "../../format";
import { indexAtOrBefore } from "../../moments";
import type { PanelContext } from "../../types";
import { Segmented } from "../../ui/Segmented";
import { Canvas, type Spot } from "./Canvas";
import { evenly, histogramOf } from "./counted";
import { type Axis, linearAxis, logAxis } from "./density";
import { exact, theme } from "./draw";
import type { Level } from "./groups";
import { level } from "./model";
import { paintRidges, type RidgeScene, ridgeAt, ridgesOf } from "./ridge";
import { shown } from "./settings";
import type { TooltipText } from "./Tooltip";
import type { Track } from "./tracks";

interface Props {
  readonly track: Track;
  readonly row: string;
  readonly context: PanelContext;
}

const SHOWN = 32; // ridges; more of them hide one another
const HEIGHT = 340;

/** Returns the indices of those histograms that are of one density, the newest among them. */
function leveled(histograms: Track["histograms"], aside: Track["aside"]): number[] {
  const last = histograms.length - 1;
  return [...histograms.keys()].filter((i) => i === last || !aside?.has(histograms[i].step));
}

export function Ridgeline({ track, row, context }: Props) {
  const scene = useRef<RidgeScene | null>(null);
  const here = indexAtOrBefore(track.histograms, context.stepIn(track.run));
  const fine = track.histograms.every(({ mantissaBits }) => mantissaBits >= 2);
  const linear = fine && shown.histogram.value === "linear";
  const { histograms, aside } = track;
  const places = useMemo(() => evenly(leveled(histograms, aside), SHOWN, -1), [histograms, aside]);
  const at = level.value;
  const colour = context.runColour(track.run);
  const axis = useMemo(
    () => axisOf(track, at, row, places, linear),
    [track, at, row, places, linear],
  );
  if (!axis) return null;
  const drawn = evenly(leveled(histograms, aside), SHOWN, here);
  const draw = (to: CanvasRenderingContext2D, width: number) => {
    const found = drawn.flatMap((place) => {
      const counted = track.histograms[place];
      const histogram = histogramOf(counted, at, row);
      return histogram ? [{ place, histogram, step: counted.step, epoch: counted.epoch }] : [];
    });
    const ridges = ridgesOf(
      found,
      axis,
      found.findIndex(({ place }) => place === here),
    );
    scene.current = { axis, ridges, colour, width, height: HEIGHT, theme: theme() };
    paintRidges(to, scene.current);
  };
  return (
    <article class="card" aria-label="Histograms over time" data-testid="layers-ridges">
      <div class="title">
        <b>Values over time</b>
        <span class="mute clip">
          {drawn.length < track.histograms.length
            ? `${drawn.length} of ${track.histograms.length} records`
            : "newest in front"}
        </span>
        <AxisChoice fine={fine} linear={linear} />
      </div>
      <Canvas
        height={HEIGHT}
        label={`Histograms of ${row} over time`}
        testId="layers-ridge-canvas"
        draw={draw}
        tell={(spot) => told(scene.current, spot)}
        onPick={(spot) => {
          const found = scene.current && ridgeAt(scene.current, spot.x, spot.y);
          if (found) context.scrubToRecord(track.run, found.ridge.step);
        }}
      />
    </article>
  );
}

function axisOf(
  track: Track,
  at: Level,
  row: string,
  places: readonly number[],
  linear: boolean,
): Axis | null {
  const all = places.flatMap((place) => histogramOf(track.histograms[place], at, row) ?? []);
  if (all.length === 0) return null;
  return linear ? linearAxis(all) : logAxis(all);
}

interface ChoiceProps {
  /** Whether the bins are fine enough for a linear axis. */
  readonly fine: boolean;
  readonly linear: boolean;
}

export function AxisChoice({ fine, linear }: ChoiceProps) {
  return (
    <span class="ly-axis">
      <Segmented
        label="Axis of values"
        choices={[
          {
            value: "linear",
            label: "linear",
            disabled: !fine,
            title: fine ? "" : "Bins of whole powers of two are too coarse for a linear axis",
          },
          { value: "log", label: "log" },
        ]}
        value={linear ? "linear" : "log"}
        testId="layers-axis"
        onChange={(value) => {
          shown.histogram.value = value === "linear" ? "linear" : "log";
        }}
      />
    </span>
  );
}

function told(scene: RidgeScene | null, { x, y }: Spot): TooltipText | null {
  const found = scene && ridgeAt(scene, x, y);
  if (!scene || !found) return null;
  const { ridge, cell } = found;
  const { axis } = scene;
  const small = cell >= axis.middle[0] && cell < axis.middle[1];
  const between = `${exact(rounded(axis.value(cell)))} to ${exact(rounded(axis.value(cell + 1)))}`;
  const share = small
    ? ridge.shares.slice(...axis.middle).reduce((sum, each) => sum + each, 0)
    : ridge.shares[cell];
  return {
    title: `Step ${count(ridge.step)}`,
    facts: [
      ["values", small ? "zero or near it" : between],
      ["share", percent(share)],
    ],
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
