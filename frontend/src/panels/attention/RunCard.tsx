/** One run at the scrubber: all its heads, and one of them large. */
import { useRef } from "preact/hooks";
import { score } from "../../format";
import { epochWords, recordAt } from "../../moments";
import { predictionFrom } from "../../predictions";
import type { Sample } from "../../samples";
import type { PanelContext } from "../../types";
import { RunName } from "../../ui/RunName";
import { useWidth } from "../../ui/size";
import { HeadGrid } from "./HeadGrid";
import { chosenMap } from "./ink";
import { LargeMap } from "./LargeMap";
import type { Model } from "./model";
import { PictureMap } from "./PictureMap";
import { type Absence, isAbsence, type RunRecords, type Shown } from "./records";
import { TokenLines } from "./TokenLines";
import { tokenLabels } from "./tokens";
import { keptWords } from "./weights";
import { headName } from "./words";

interface Props {
  readonly model: Model;
  readonly run: RunRecords;
  readonly shown: Shown | Absence;
  readonly sample: Sample;
  readonly context: PanelContext;
}

export function RunCard({ model, run, shown, sample, context }: Props) {
  return (
    <article class="card at-run" aria-label={run.run} data-testid="attention-run">
      <div class="title">
        <span class="dot" style={{ background: context.runColour(run.run) }} />
        <b>
          <RunName run={run.run} />
        </b>
        {!isAbsence(shown) && <span class="mute num">{epochWords(shown.record.epoch)}</span>}
        <Prediction run={run} sample={sample} context={context} />
      </div>
      {isAbsence(shown) ? (
        <p class="mute" data-testid="attention-absence">
          {shown.reason}
        </p>
      ) : (
        <div class="at-heads">
          <HeadGrid model={model} shown={shown} context={context} />
          <OneHead model={model} shown={shown} sample={sample} context={context} />
        </div>
      )}
    </article>
  );
}

function Prediction({ run, sample, context }: Omit<Props, "shown" | "model">) {
  const record = recordAt(run.predictions, context.stepIn(run.run));
  const probe = record && run.probes.find(({ digest }) => digest === record.fields.probe);
  const prediction = record && probe && predictionFrom(record, probe, sample.hash);
  if (!prediction) return null;
  const { predicted, topScore, correct } = prediction;
  return (
    <span class={`at-right clip ${correct === false ? "bad" : "mute"}`}>
      → {predicted} {score(topScore)}
    </span>
  );
}

interface HeadProps {
  readonly model: Model;
  readonly shown: Shown;
  readonly sample: Sample;
  readonly context: PanelContext;
}

function OneHead({ model, shown, sample, context }: HeadProps) {
  const host = useRef<HTMLDivElement>(null);
  const width = useWidth(host);
  const head = model.head.value;
  const map = chosenMap(model, shown);
  const props = { model, shown, width, context };
  return (
    <figure ref={host} class="at-one">
      <figcaption class="mute clip" data-testid="attention-caption">
        {head && map ? captionOf(model, shown) : `This run has no ${head?.layer ?? "layer"}.`}
        {map && keptWords(map) && <span class="at-kept">{keptWords(map)}</span>}
      </figcaption>
      {map && width > 0 && model.view.value === "map" && <LargeMap {...props} map={map} />}
      {map && width > 0 && model.view.value === "lines" && <TokenLines {...props} map={map} />}
      {map && width > 0 && model.view.value === "picture" && (
        <PictureMap {...props} map={map} sample={sample} />
      )}
    </figure>
  );
}

function captionOf(model: Model, shown: Shown): string {
  const head = model.head.value;
  const asked = tokenLabels(shown)[model.query.value];
  const words = head ? headName(head.layer, head.head) : "";
  return model.view.value === "picture" ? `${words} · from ${asked}` : words;
}
