/** The sample in depth, by every shown method, run under run on one scale. */
import { batch } from "@preact/signals";
import { percent } from "../../../format";
import type { Sample } from "../../../samples";
import type { PanelContext } from "../../../types";
import { RunName } from "../../../ui/RunName";
import { SUSPECT } from "../account";
import { MOST, shown } from "../global/settings";
import type { Model } from "../model";
import { epochWords } from "../names";
import { predictionOf, predictionWords } from "../predictions";
import { MethodBadges } from "../quality/MethodBadges";
import type { RunRecords } from "../records";
import { chosen } from "../settings";
import { isAbsence } from "../sources";
import { type Breakdown, breakdownOf, spanOf } from "./breakdown";
import { Comparisons } from "./Comparisons";
import { type Reading, readingsOf } from "./readings";
import { Waterfall } from "./Waterfall";

interface Props {
  readonly context: PanelContext;
  readonly model: Model;
  readonly sample: Sample;
}

export function Waterfalls({ context, model, sample }: Props) {
  const all = readingsOf(context, model, sample);
  const most = shown.allFeatures.value ? Number.POSITIVE_INFINITY : MOST;
  const entries = all.map((entry) => {
    const { reading } = entry;
    if (isAbsence(reading)) return { ...entry, breakdown: null };
    const { values, sum, source } = reading;
    return { ...entry, breakdown: breakdownOf(values, sum, { signed: source.signed, most }) };
  });
  const spans = spansOf(entries);
  return (
    <>
      {model.runs.value.map((run, r) => {
        const own = entries.filter(({ track }) => track.run === r);
        if (own.length === 0) return null;
        return (
          <article key={run.run} class="card" data-testid="tabular-run" data-run={run.run}>
            <RunTitle {...{ context, model, sample, run, index: r }} />
            <div class="att-falls">
              {own.map(({ track, reading, breakdown }) => (
                <section key={track.method} data-method={track.method}>
                  <MethodTitle
                    {...{ context, run, reading }}
                    title={track.title}
                    name={track.method}
                  />
                  {isAbsence(reading) || !breakdown ? (
                    <p class="mute">{isAbsence(reading) ? reading.reason : ""}</p>
                  ) : (
                    <Waterfall
                      {...{ reading, breakdown }}
                      span={spans.get(spanKey(reading, breakdown)) ?? [0, 1]}
                      dark={context.dark.value}
                      feature={shown.feature.value}
                      onPick={(feature) => pick(run, track.method, feature)}
                    />
                  )}
                </section>
              ))}
            </div>
            <Comparisons entries={own} />
          </article>
        );
      })}
    </>
  );
}

function pick({ run }: RunRecords, method: string, feature: string): void {
  batch(() => {
    chosen.run.value = run;
    chosen.method.value = method;
    shown.feature.value = shown.feature.value === feature ? null : feature;
  });
}

/** What shares an axis: waterfalls of one unit, and bars from zero of one method. */
function spanKey({ source }: Reading, { cumulative }: Breakdown): string {
  return cumulative ? source.unit : `${source.method} ${source.unit}`;
}

type Entry = { reading: unknown; breakdown: Breakdown | null };

function spansOf(entries: readonly Entry[]): Map<string, readonly [number, number]> {
  const groups = new Map<string, Breakdown[]>();
  for (const { reading, breakdown } of entries) {
    if (!breakdown) continue;
    const key = spanKey(reading as Reading, breakdown);
    groups.set(key, [...(groups.get(key) ?? []), breakdown]);
  }
  return new Map([...groups].map(([key, breakdowns]) => [key, spanOf(breakdowns)]));
}

interface RunTitleProps extends Props {
  readonly run: RunRecords;
  readonly index: number;
}

function RunTitle({ context, model, sample, run, index }: RunTitleProps) {
  const moment = run.moments[model.scrubbed.value[index]];
  const prediction = moment && predictionOf(run, moment, sample.hash);
  return (
    <div class="title">
      <span class="dot" style={{ background: context.runColour(run.run) }} />
      <b class="clip">
        <RunName run={run.run} />
      </b>
      <span class="mute num">{moment ? epochWords(moment.epoch) : "nothing recorded yet"}</span>
      {prediction && (
        <span class={prediction.correct === false ? "bad" : "mute"}>
          → {predictionWords(prediction)}
        </span>
      )}
    </div>
  );
}

interface MethodTitleProps {
  readonly context: PanelContext;
  readonly run: RunRecords;
  readonly title: string;
  readonly name: string;
  readonly reading: Reading | { readonly reason: string };
}

function MethodTitle({ context, run, title, name, reading }: MethodTitleProps) {
  const found = "reason" in reading ? null : reading;
  const { sum = null } = found ?? {};
  return (
    <div class="att-method">
      <b class="clip">{title}</b>
      {found && <span class="mute clip">{summed(found)}</span>}
      {sum && sum.error > SUSPECT && (
        <span class="badge alarm" title="|sum of the values - (output - base)| / |output - base|">
          misses {percent(sum.error)}
        </span>
      )}
      <MethodBadges context={context} run={run.run} method={name} except="completeness" />
    </div>
  );
}

function summed({ source, sum }: Reading): string {
  if (!source.signed) return `magnitudes, ${source.unit}`;
  return sum ? source.unit : `${source.unit}; need not add up`;
}
