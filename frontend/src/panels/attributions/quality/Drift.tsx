/** How the maps themselves change while training goes on, computed from the maps. */
import { useEffect, useState } from "preact/hooks";
import { LineChart } from "../../../chart/LineChart";
import { axis, here, scrubTo, timeline } from "../../../context";
import { plural, score } from "../../../format";
import type { PanelContext } from "../../../types";
import { timeName } from "../../layers/draw";
import { SETTLED, settledWords } from "../claims";
import { whenIdle } from "../idle";
import type { Model } from "../model";
import { type Similarity, similaritySteps } from "./similarity";

interface Props {
  readonly context: PanelContext;
  readonly model: Model;
}

const KINDS = [
  { name: "last", title: "Similarity to the last record" },
  { name: "previous", title: "Similarity to the record before" },
] as const;

export function Drift({ context, model }: Props) {
  const [runs, tracks, samples] = [model.runs.value, model.tracks.value, model.samples.value];
  const [found, setFound] = useState<readonly Similarity[]>([]);
  useEffect(() => {
    const gathered: Similarity[] = [];
    setFound([]);
    const steps = tracks.map((track) => () => {
      gathered.push(similaritySteps(runs[track.run], track, samples));
      setFound([...gathered]);
    });
    return whenIdle(steps);
  }, [runs, tracks, samples]);
  const several = model.methods.value.length > 1;
  return (
    <article class="card" data-testid="trust-drift">
      <div class="title">
        <b>Drift</b>
        <span class="mute clip">
          median rank correlation (Spearman) over {plural(samples.length, "sample")} of the probe
        </span>
      </div>
      <ul class="att-settled">
        {tracks.map((track) => {
          const run = runs[track.run];
          return (
            <li key={`${track.run} ${track.method}`} title={SETTLED} data-method={track.method}>
              <span class="dot" style={{ background: context.runColour(run.run) }} />
              <b class="clip">{run.run}</b> <span class="mute clip">{track.title}</span>
              <span>{settledWords(run, track, samples) || "too few records to say"}</span>
            </li>
          );
        })}
      </ul>
      <div class="att-cards">
        {KINDS.map(({ name, title }) => (
          <section key={name} aria-label={title}>
            <div class="att-method">
              <b class="clip">{title}</b>
              <span class="mute clip">1: the same order of importance</span>
            </div>
            <LineChart
              lines={found.map(({ run, title: method, places, ...similar }) => ({
                label: several ? `${run}, ${method}` : run,
                colour: context.runColour(run),
                x: places.map((step) => timeline.value.placeOf(run, step)),
                y: similar[name],
              }))}
              xLabel={axis.value}
              label={`${title} over ${axis.value}s`}
              height={150}
              logarithmic={false}
              cursor={here.value}
              dark={context.dark.value}
              testId={`drift-${name}`}
              formatX={timeName}
              formatY={score}
              onPick={scrubTo}
            />
          </section>
        ))}
      </div>
      <p class="why mute">{SETTLED}.</p>
    </article>
  );
}
