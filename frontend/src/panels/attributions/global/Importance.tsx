/** Mean magnitude of each feature's attributions, with its interval, for every run. */
import type { PanelContext } from "../../../types";
import { exact } from "../../layers/draw";
import type { TooltipText } from "../../layers/Tooltip";
import { useTooltip } from "../tabular/hover";
import { featureInDepth, listed, placeOf, type RunSummaries } from "./model";
import { noiseReach } from "./privacy";
import { shown } from "./settings";
import type { Summary } from "./summary";

interface Props {
  readonly context: PanelContext;
  readonly runs: readonly RunSummaries[];
  readonly names: readonly string[];
}

export function Importance({ context, runs, names }: Props) {
  const { tooltip, tells } = useTooltip();
  const rows = listed(names);
  const now = runs.flatMap((each) => (each.now?.table ? [each.now] : []));
  const ends = now.flatMap((summary) => rows.map((name) => endOf(summary, name)));
  const limit = Math.max(...ends.filter(Number.isFinite));
  const inDepth = featureInDepth(names);
  return (
    <div class="att-bars" data-testid="overall-bars">
      {rows.map((name) => (
        <div
          key={name}
          class={`att-step ${name === inDepth ? "on" : ""}`}
          data-feature={name}
          {...tells(() => toldOf(now, name))}
        >
          <button
            type="button"
            class="plain clip"
            aria-pressed={name === inDepth}
            onClick={() => {
              shown.feature.value = name;
            }}
          >
            {name}
          </button>
          <span class="att-lane many" style={{ height: `${8 * now.length + 6}px` }}>
            {now.map((summary, r) => (
              <Bar
                key={summary.run}
                {...{ summary, name, limit }}
                top={3 + 8 * r}
                colour={context.runColour(summary.run)}
              />
            ))}
          </span>
          <span class="num">{now[0] ? valueWords(now[0], name) : ""}</span>
        </div>
      ))}
      {tooltip}
    </div>
  );
}

function valueWords(summary: Summary, name: string): string {
  const f = placeOf(summary, name);
  return f < 0 || !summary.table ? "–" : Number(summary.table.meanAbs[f].toPrecision(3)).toString();
}

interface BarProps {
  readonly summary: Summary;
  readonly name: string;
  readonly limit: number;
  readonly top: number;
  readonly colour: string;
}

function Bar({ summary, name, limit, top, colour }: BarProps) {
  const f = placeOf(summary, name);
  if (f < 0 || !summary.table) return null;
  const share = (value: number) => `${(100 * Math.max(0, value)) / (limit || 1)}%`;
  const interval = intervalOf(summary, f);
  return (
    <>
      <i
        class="att-bar many"
        style={{
          left: 0,
          top: `${top}px`,
          width: share(summary.table.meanAbs[f]),
          background: colour,
        }}
      />
      {interval && (
        <i
          class="att-whisker"
          style={{
            left: share(interval[0]),
            top: `${top + 3}px`,
            width: `calc(${share(interval[1])} - ${share(interval[0])})`,
          }}
        />
      )}
    </>
  );
}

/** Returns where the mean lies within with 95 %: by bootstrap, or for all that noise may do. */
export function intervalOf(
  { table, privacy }: Summary,
  f: number,
): readonly [number, number] | null {
  if (!table) return null;
  if (table.low && table.high && Number.isFinite(table.low[f]))
    return [table.low[f], table.high[f]];
  if (!privacy) return null;
  return [table.meanAbs[f] - noiseReach(privacy), table.meanAbs[f] + noiseReach(privacy)];
}

function endOf(summary: Summary, name: string): number {
  const f = placeOf(summary, name);
  if (f < 0 || !summary.table) return 0;
  return intervalOf(summary, f)?.[1] ?? summary.table.meanAbs[f];
}

function toldOf(summaries: readonly Summary[], name: string): TooltipText {
  const facts = summaries.flatMap((summary): [string, string][] => {
    const f = placeOf(summary, name);
    if (f < 0 || !summary.table) return [];
    const interval = intervalOf(summary, f);
    const within = interval ? ` (${interval.map((each) => exact(each)).join(" to ")})` : "";
    return [[summary.run, `${exact(summary.table.meanAbs[f])}${within}`]];
  });
  return { title: `${name}: mean |attribution|, in ${summaries[0]?.unit ?? ""}`, facts };
}
