/** One run's sensitivities at the scrubber: units down, levels across, costs beside. */
import { batch } from "@preact/signals";
import { useRef } from "preact/hooks";
import { count } from "../../format";
import { epochWords } from "../../moments";
import type { PanelContext } from "../../types";
import { RunName } from "../../ui/RunName";
import { amount } from "../graph/amounts";
import { Canvas, type Spot } from "../layers/Canvas";
import { theme } from "../layers/draw";
import type { TooltipText } from "../layers/Tooltip";
import { cellAt, type HeatScene, heatLayout, paintHeat } from "./heat";
import {
  focus,
  level,
  measure,
  metric,
  readingAt,
  rows,
  scale,
  shortName,
  trackName,
  unit,
} from "./model";
import { isIndistinct, type Reading, type Track } from "./readings";
import { chosen } from "./settings";
import {
  badgeWords,
  EDITS,
  estimateName,
  formatValue,
  MEASURES,
  measureLabel,
  sourceWords,
} from "./words";

interface Props {
  readonly track: Track;
  readonly context: PanelContext;
}

export function Heatmap({ track, context }: Props) {
  const reading = readingAt(track);
  return (
    <article class="card se-heat" aria-label={track.run} data-testid="sensitivity-heat">
      <div class="title">
        <span class="dot" style={{ background: context.runColour(track.run) }} />
        <b>
          <RunName run={trackName(track)} />
        </b>
        {reading && <Source reading={reading} />}
      </div>
      {reading ? (
        <Cells track={track} reading={reading} context={context} />
      ) : (
        <p class="mute">Nothing of this was recorded up to here: move the scrubber on.</p>
      )}
    </article>
  );
}

function Source({ reading }: { readonly reading: Reading }) {
  const { estimate, correlation, samples, epoch } = reading;
  const across = correlation.across;
  const told =
    typeof across === "number" ? `ρ ${across.toFixed(2)} across units with the last scan` : "";
  const by = estimate === null ? "" : `by ${estimateName(estimate)}`;
  const said = [epochWords(epoch), `${count(samples)} samples`, by, told].filter(Boolean);
  return (
    <>
      <span
        class={`badge ${estimate === null ? "" : "estimate"}`}
        title={sourceWords(reading)}
        data-testid="sensitivity-source"
      >
        {badgeWords(reading)}
      </span>
      <span class="mute clip" title={said.join(" · ")}>
        {said.join(" · ")}
      </span>
    </>
  );
}

function Cells({ track, reading, context }: Props & { readonly reading: Reading }) {
  const scene = useRef<HeatScene | null>(null);
  const levels = reading.levelNames.length;
  // Read while rendering, so that whatever changes in it draws the heatmap anew.
  const now = {
    reading,
    measure: measure.value,
    scale: scale.value,
    rows: rows.value,
    names: rows.value.map(shortName),
    selected: unit.value,
    level: level.value,
    dark: context.dark.value,
  };
  const draw = (to: CanvasRenderingContext2D, width: number) => {
    const layout = heatLayout(width, now.names, levels);
    scene.current = { ...now, layout, theme: theme() };
    paintHeat(to, scene.current);
  };
  const at = ({ x, y }: Spot) =>
    scene.current && cellAt(scene.current.layout, now.rows.length, levels, x, y);
  return (
    <>
      <Canvas
        height={heatLayout(600, now.names, levels).height}
        label={`${measureLabel(now.measure, metric.value)} of each unit and level in ${track.run}`}
        testId="sensitivity-cells"
        draw={draw}
        tell={(spot) => {
          const cell = at(spot);
          return cell && told(reading, now.rows[cell.row], cell.level);
        }}
        onPick={(spot) => {
          const cell = at(spot);
          if (!cell) return;
          batch(() => {
            focus.value = track;
            unit.value = now.rows[cell.row];
            if (cell.level >= 0) chosen.level.value = cell.level;
          });
        }}
      />
      <p class="se-axis mute">{EDITS[track.edit].levels}</p>
    </>
  );
}

/** Returns what the tooltip says of a cell; of the whole unit where `at` is -1. */
function told(reading: Reading, name: string, at: number): TooltipText {
  const place = reading.places.get(name);
  if (place === undefined) return { title: name, facts: [], lines: ["not part of this record"] };
  const { type, size, parameters, macs, members } = reading.units[place];
  const costs: [string, string][] = [
    ["parameters", count(parameters)],
    ["MACs per sample", amount(macs)],
  ];
  if (at < 0) {
    const lines = members.length > 1 ? [`with ${members.slice(1).join(", ")}`] : [];
    return { title: name, lines: [type, ...lines], facts: [["size", count(size)], ...costs] };
  }
  const index = place * reading.levelNames.length + at;
  const shown = measure.value;
  const doubt = isIndistinct(
    reading.values[shown]?.[index] ?? Number.NaN,
    reading.errors[shown]?.[index],
  );
  const lines = [
    sourceWords(reading),
    ...(doubt ? ["below 2 standard errors: not distinguishable from no change"] : []),
  ];
  return {
    title: `${name} at ${reading.levelNames[at]}`,
    lines,
    facts: [...measured(reading, index), ...costs],
  };
}

function measured(reading: Reading, index: number): [string, string][] {
  return MEASURES.flatMap((each) => {
    const values = reading.values[each];
    if (!values) return [];
    const error = reading.errors[each]?.[index];
    const around =
      error === undefined || Number.isNaN(error) ? "" : ` ± ${formatValue("kl", error)}`;
    return [[measureLabel(each, reading.metric), formatValue(each, values[index]) + around]];
  });
}
