/** What the chosen layer makes of one sample, and the first layer's filters, over time. */
import { useMemo } from "preact/hooks";
import { samples } from "../../context";
import type { PanelContext } from "../../types";
import { Select } from "../../ui/Select";
import { into } from "../attributions/bind";
import { featureSheet, filterSheet, mappedLayers, mappedSamples, nearestMapped } from "./maps";
import { allRows, probes } from "./model";
import { Sheet } from "./Sheet";

interface Props {
  readonly run: string;
  readonly row: string;
  readonly context: PanelContext;
}

export function FeatureMaps({ run, row, context }: Props) {
  const series = context.series.value;
  const all = probes.value;
  const mapped = useMemo(() => mappedLayers(series, run), [series, run]);
  const hashes = useMemo(() => mappedSamples(series, run, all), [series, run, all]);
  const layer = nearestMapped(mapped, row, allRows.value);
  const wanted = context.sample.value;
  const hash = hashes.find((each) => each === wanted) ?? hashes[0];
  const sheet = useMemo(
    () =>
      layer === null || hash === undefined ? null : featureSheet(series, run, all, layer, hash),
    [series, run, all, layer, hash],
  );
  if (!sheet || hash === undefined) return null;
  const named = new Map(samples.value.map(({ hash: key, name, label }) => [key, { name, label }]));
  const choices = hashes.map((value) => {
    const { name = value, label = null } = named.get(value) ?? {};
    return { value, label: label === null ? name : `${name} · ${label}` };
  });
  return (
    <article class="card" aria-label="Feature maps" data-testid="layers-maps">
      <div class="title">
        <b>Feature maps</b>
        <span class="ly-sample" data-screen-only>
          <Select
            label="Sample"
            choices={choices}
            value={hash}
            testId="layers-sample"
            onChange={into(context.sample)}
          />
        </span>
      </div>
      <p class="mute" data-testid="layers-maps-of">
        Of {layer}
        {layer === row ? "" : ", the nearest layer that has some"}; each channel on a scale of its
        own; sample {choices.find(({ value }) => value === hash)?.label}
      </p>
      <Sheet
        sheet={sheet}
        run={run}
        label={`Feature maps of ${layer}: channels across, steps down`}
        testId="layers-maps-canvas"
        context={context}
      />
    </article>
  );
}

export function Filters({ run, context }: Omit<Props, "row">) {
  const series = context.series.value;
  const sheet = useMemo(() => filterSheet(series, run), [series, run]);
  if (!sheet) return null;
  const planes = sheet.rows[0]?.tiles.find((tile) => tile !== null)?.planes;
  const words =
    planes === 3 ? "as colours; grey is zero" : planes === 1 ? "" : "the mean over their inputs";
  return (
    <article class="card" aria-label="Filters" data-testid="layers-filters">
      <div class="title">
        <b>Filters</b>
        <span class="mute clip">{[`of ${sheet.layer}`, words].filter(Boolean).join(" · ")}</span>
      </div>
      <Sheet
        sheet={sheet}
        run={run}
        label={`Filters of ${sheet.layer}: channels across, steps down`}
        testId="layers-filters-canvas"
        context={context}
      />
    </article>
  );
}
