/** How the maps themselves change while training goes on, computed from the maps. */

import { useEffect, useState } from "preact/hooks";
import { along } from "../../../along";
import { LineChart } from "../../../chart/LineChart";
import type { Line } from "../../../chart/line";
import { lookCloser } from "../../../closer";
import { paletteColour } from "../../../colours";
import { axis, here, scrubTo } from "../../../context";
import { plural, score } from "../../../format";
import type { PanelContext } from "../../../types";
import { Term } from "../../../ui/Term";
import { timeName } from "../../layers/draw";
import { SETTLED } from "../claims";
import { whenIdle } from "../idle";
import type { Model } from "../model";
import { measuring, type Similarity, settledWords } from "./similarity";

interface Props {
  readonly context: PanelContext;
  readonly model: Model;
}

const KINDS = [
  { name: "last", title: "Similarity to the last record" },
  { name: "previous", title: "Similarity to the record before" },
] as const;

export function Drift({ context, model }: Props) {
  const samples = model.samples.value;
  const found = useSimilarities(model);
  return (
    <article class="card" data-testid="trust-drift">
      <div class="title">
        <b>Drift</b>
        <span class="mute clip">
          median rank correlation (Spearman) over {plural(samples.length, "sample")} of the probe
        </span>
      </div>
      <ul class="att-settled">
        {found.map((similarity) => (
          <Settled
            key={`${similarity.run} ${similarity.method}`}
            similarity={similarity}
            colour={context.runColour(similarity.run)}
          />
        ))}
      </ul>
      <div class="att-cards">
        {KINDS.map(({ name, title }) => (
          <section key={name}>
            <div class="att-method">
              <b class="clip">
                <Term group="quality" name="similarity" label={title} />
              </b>
              <span class="mute clip">1: the same order of importance</span>
            </div>
            <LineChart
              lines={linesOf(context, found, name)}
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
              onZoom={lookCloser}
            />
          </section>
        ))}
      </div>
      <p class="why mute">{SETTLED}.</p>
    </article>
  );
}

function Settled({ similarity, colour }: { similarity: Similarity; colour: string }) {
  const { run, method, title } = similarity;
  return (
    <li title={SETTLED} data-method={method}>
      <span class="dot" style={{ background: colour }} />
      <b class="clip">{run}</b> <span class="mute clip">{title}</span>
      <span>{settledWords(similarity)}</span>
    </li>
  );
}

/** Runs have their colours; where methods are told apart as well, every line has its own. */
function linesOf(
  context: PanelContext,
  found: readonly Similarity[],
  name: "last" | "previous",
): Line[] {
  const several = new Set(found.map(({ method }) => method)).size > 1;
  return found.map(({ run, title, kind, steps, ...similar }, i) => ({
    label: several ? `${run}, ${title}` : run,
    colour: several ? paletteColour(i, context.dark.value) : context.runColour(run),
    ...along(run, kind, steps),
    y: similar[name],
  }));
}

/** Returns the similarities of all shown tracks, each once it is complete. */
function useSimilarities(model: Model): readonly Similarity[] {
  const [runs, tracks, samples] = [model.runs.value, model.tracks.value, model.samples.value];
  const [found, setFound] = useState<readonly Similarity[]>([]);
  useEffect(() => {
    const complete: Similarity[] = [];
    const steps = tracks.flatMap((track) => {
      const { similarity, tasks } = measuring(runs[track.run], track, samples);
      const tell = () => {
        complete.push(similarity);
        setFound([...complete]);
      };
      return [...tasks, tell];
    });
    return whenIdle(steps);
  }, [runs, tracks, samples]);
  return found;
}
