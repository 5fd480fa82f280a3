/** Every statistic of the chosen layer at the scrubber, run beside run. */
import { plural, score } from "../../format";
import type { PanelContext } from "../../types";
import { exact } from "./draw";
import { membersOf, valueIn } from "./grid";
import { level, readingAt, statistic, statistics, tracks } from "./model";
import { chosen } from "./settings";
import { type Layer, statisticTitle } from "./tables";
import type { Track } from "./tracks";

interface Props {
  readonly row: string;
  readonly context: PanelContext;
}

export function Figures({ row, context }: Props) {
  const shown = tracks.value.filter((track) => readingAt(track) >= 0);
  const columns = shown.map((track) => figuresOf(track, row));
  return (
    <>
      <p class="mute">{describe(tracks.value, row)}</p>
      <div class="ly-figures">
        <table class="facts">
          {shown.length > 1 && (
            <thead>
              <tr>
                <th />
                {shown.map((track) => (
                  <td key={`${track.run} ${track.monitor}`} title={track.run}>
                    <span class="dot" style={{ background: context.runColour(track.run) }} />
                  </td>
                ))}
              </tr>
            </thead>
          )}
          <tbody>
            {statistics.value.map((each) => (
              <tr key={each.name} class={each.name === statistic.value?.name ? "on" : ""}>
                <th scope="row">
                  <button
                    type="button"
                    class="plain"
                    title={`${statisticTitle(each)}: draw it`}
                    onClick={() => {
                      chosen.statistic.value = each.name;
                      chosen.scale.value = null;
                    }}
                  >
                    {each.label}
                  </button>
                </th>
                {columns.map((figures, i) => (
                  <Figure
                    key={`${shown[i].run} ${shown[i].monitor}`}
                    name={each.name}
                    value={figures(each.name)}
                    short={columns.length > ROOMY}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

const ROOMY = 2; // columns of exact numbers that there is room for

interface FigureProps {
  readonly name: string;
  readonly value: number;
  /** Whether there is room for a few digits alone. */
  readonly short: boolean;
}

function Figure({ name, value, short }: FigureProps) {
  const defined = Number.isNaN(value) ? "–" : score(value);
  return (
    <td data-fact={name} title={exact(value)}>
      {short ? defined : exact(value)}
    </td>
  );
}

function figuresOf(track: Track, row: string): (name: string) => number {
  const reading = track.readings[readingAt(track)];
  const members = membersOf(reading.table, level.value, row);
  return (name) => valueIn(reading, members, name);
}

/** "Linear · 64 × 64 · 4,096 values", or what a rolled-up row is made of. */
function describe(all: readonly Track[], row: string): string {
  for (const { tables } of all) {
    for (const table of [...tables].reverse()) {
      const layers = membersOf(table, level.value, row).map((i) => table.layers[i]);
      if (layers.length > 0) return describeLayers(layers, row);
    }
  }
  return "";
}

function describeLayers(layers: readonly Layer[], row: string): string {
  const size = plural(
    layers.reduce((sum, layer) => sum + layer.size, 0),
    "value",
  );
  if (layers.length === 1 && layers[0].name === row) {
    const { type, shape } = layers[0];
    return [type, shape.join(" × "), size].filter(Boolean).join(" · ");
  }
  return `${plural(layers.length, "layer")} · ${size}`;
}
