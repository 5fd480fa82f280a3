/** Which units are most and least sensitive, and how that order moved while it trained. */
import { batch } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { here, timeline } from "../../context";
import { score } from "../../format";
import { epochWords } from "../../moments";
import type { PanelContext } from "../../types";
import { Canvas, type Spot } from "../layers/Canvas";
import { theme } from "../layers/draw";
import {
  allUnits,
  measure,
  metric,
  readingAt,
  readingsOf,
  shortName,
  trackName,
  unit,
} from "./model";
import {
  paintRanks,
  type Ranked,
  type RankLayout,
  rankedAt,
  rankedNear,
  rankLayout,
  type Standing,
  standingsOf,
} from "./order";
import type { Track } from "./readings";
import { measureLabel } from "./words";

const LISTED = 4; // of the most and of the least sensitive

interface Props {
  readonly track: Track;
  readonly context: PanelContext;
}

export function Ranking({ track, context }: Props) {
  const names = allUnits.value;
  const readings = readingsOf(track);
  // While the scrubber moves, none of these is another.
  const standings = useMemo(() => {
    const placeOf = ({ step }: { step: number }) => timeline.value.placeOf(track.run, step);
    return standingsOf(readings, measure.value, names, placeOf);
  }, [readings, measure.value, names, timeline.value]);
  const reading = readingAt(track);
  const now = standings.find((standing) => standing.reading === reading);
  if (!now || now.ranks.size < 2) return null;
  const ranked = rankedAt(now, standings[0], measure.value);
  const half = Math.ceil(ranked.length / 2);
  return (
    <section class="card" aria-label="Ranking" data-testid="sensitivity-ranking">
      <div class="title">
        <b>Ranking</b>
        <span class="mute clip">
          mean {measureLabel(measure.value, metric.value)} over levels in {trackName(track)}, most
          sensitive on top · squares: exact scans
        </span>
      </div>
      {standings.length > 1 && (
        <Chart standings={standings} units={names.length} {...{ context }} />
      )}
      <div class="se-extremes">
        <Extremes
          title="Most sensitive"
          units={ranked.slice(0, Math.min(LISTED, half))}
          {...{ standings }}
        />
        <Extremes
          title="Least sensitive"
          units={ranked.slice(Math.max(half, ranked.length - LISTED)).reverse()}
          {...{ standings }}
        />
      </div>
    </section>
  );
}

interface ChartProps {
  readonly standings: readonly Standing[];
  readonly units: number;
  readonly context: PanelContext;
}

function Chart({ standings, units, context }: ChartProps) {
  const layout = useRef<RankLayout>(rankLayout(400, units));
  const scene = { standings, units, selected: unit.value, here: here.value, nameOf: shortName };
  const draw = (to: CanvasRenderingContext2D, width: number) => {
    layout.current = rankLayout(width, units);
    paintRanks(to, { ...scene, layout: layout.current, theme: theme() });
  };
  const near = ({ x, y }: Spot) => rankedNear({ ...scene, layout: layout.current }, x, y);
  return (
    <Canvas
      key={String(context.dark.value)}
      height={rankLayout(400, units).height}
      label="Rank of each unit over time"
      testId="sensitivity-ranks"
      draw={draw}
      tell={(spot) => {
        const found = near(spot);
        if (!found) return null;
        const { reading, ranks } = found.standing;
        const rank = (ranks.get(found.name) ?? 0) + 1;
        const facts = [["rank", `${rank} of ${ranks.size}`]] as const;
        return { title: found.name, lines: [epochWords(reading.epoch)], facts };
      }}
      onPick={(spot) => {
        const found = near(spot);
        if (!found) return;
        batch(() => {
          unit.value = found.name;
        });
      }}
    />
  );
}

interface ExtremesProps {
  readonly title: string;
  readonly units: readonly Ranked[];
  readonly standings: readonly Standing[];
}

function Extremes({ title, units, standings }: ExtremesProps) {
  const since = epochWords(standings[0].reading.epoch);
  return (
    <table class="facts" aria-label={title}>
      <thead>
        <tr>
          <th scope="col">{title}</th>
          <td class="mute" title={`Places risen or fallen since ${since}`}>
            moved
          </td>
          <td class="mute">mean</td>
        </tr>
      </thead>
      <tbody>
        {units.map(({ name, area, risen }) => (
          <tr key={name}>
            <th scope="row">
              <button
                type="button"
                class={`plain clip ${name === unit.value ? "on" : ""}`}
                title={name}
                onClick={() => {
                  unit.value = name;
                }}
              >
                {shortName(name)}
              </button>
            </th>
            <td>{moved(risen)}</td>
            <td>{score(measure.value === "metric" ? -area : area)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function moved(risen: number | null): string {
  if (risen === null) return "new";
  if (risen === 0) return "–";
  return risen > 0 ? `▲ ${risen}` : `▼ ${-risen}`;
}
