/** What is shown and how it is drawn. */
import type { Signal } from "@preact/signals";
import { useKeys } from "../../keys";
import { DIVERGING, SEQUENTIAL } from "../../maps/colormaps";
import type { PanelContext } from "../../types";
import { Check } from "../../ui/Check";
import { type Choice, Segmented } from "../../ui/Segmented";
import { Select } from "../../ui/Select";
import { Slider } from "../../ui/Slider";
import { type Model, modelOf } from "./model";
import { methodName } from "./names";
import { chosen, type Drawing, drawn, LEVELS_RANGE, TILE_RANGE } from "./settings";

export function Controls({ context }: { context: PanelContext }) {
  const model = modelOf(context);
  useKeys([
    { key: "o", label: "input or overlay", run: () => toggle(drawn.drawing, "overlay", "input") },
    { key: "m", label: "map or overlay", run: () => toggle(drawn.drawing, "map", "overlay") },
  ]);
  return (
    <div class="controls" data-testid="attributions-controls">
      <h3>Samples</h3>
      <SampleFilter model={model} />
      <h3>Method</h3>
      <Methods model={model} />
      <Selects model={model} />
      <h3>Arrange by</h3>
      <Segmented
        label="Arrange by"
        choices={[
          { value: "runs", label: "run", title: "Film strip: one block per run and method" },
          { value: "samples", label: "sample", title: "Film strip: runs of a sample together" },
          {
            value: "moment",
            label: "moment",
            title: "Runs and methods side by side, at one moment",
          },
        ]}
        value={model.layout.value}
        testId="attributions-layout"
        onChange={(value) => {
          chosen.layout.value = value;
        }}
      />
      <Slider
        label="Tile size"
        {...range(chosen.tile, TILE_RANGE[0], TILE_RANGE[1], 1)}
        format={(value) => `${Math.round(value)} px`}
        testId="attributions-tile"
      />
      <h3>Drawing</h3>
      <DrawingControls model={model} />
    </div>
  );
}

function toggle(state: Signal<Drawing>, first: Drawing, second: Drawing): void {
  state.value = state.value === first ? second : first;
}

function into<T>(state: Signal<T>): (value: T) => void {
  return (value) => {
    state.value = value;
  };
}

function range(state: Signal<number>, min: number, max: number, step: number) {
  return { value: state.value, min, max, step, onChange: into(state) };
}

const plain = <T extends string>(values: readonly T[]): Choice<T>[] =>
  values.map((value) => ({ value, label: value }));

function SampleFilter({ model }: { model: Model }) {
  const all = model.allSamples.value.length;
  const shown = model.samples.value.length;
  const label = (name: string, value: string) =>
    value === chosen.filter.value ? `${shown} ${name}` : name;
  return (
    <Segmented
      label="Samples"
      choices={[
        { value: "all", label: chosen.filter.value === "all" ? `all ${all}` : "all" },
        {
          value: "wrong",
          label: label("wrong", "wrong"),
          title: "Misclassified by the last record of a shown run",
        },
        {
          value: "changed",
          label: label("changed", "changed"),
          title: "First and last prediction of a shown run differ",
        },
      ]}
      value={chosen.filter.value}
      testId="attributions-samples"
      onChange={into(chosen.filter)}
    />
  );
}

function Methods({ model }: { model: Model }) {
  const recorded = model.options.value.methods;
  const shown = model.methods.value;
  const set = (method: string, checked: boolean) => {
    const next = recorded.filter((each) => (each === method ? checked : shown.includes(each)));
    if (next.length > 0) chosen.methods.value = next;
  };
  return (
    <div class="methods" data-testid="attributions-methods">
      {recorded.map((method) => (
        <Check
          key={method}
          label={methodName(method)}
          checked={shown.includes(method)}
          testId={`method-${method}`}
          onChange={(checked) => set(method, checked)}
        />
      ))}
    </div>
  );
}

const OWN = ""; // of the list of layers: no choice

function Selects({ model }: { model: Model }) {
  const { layers, targets } = model.options.value;
  return (
    <>
      <Select
        label="Layer"
        choices={[
          { value: OWN, label: layers.length > 1 ? "last of each run" : (layers[0] ?? "") },
          ...(layers.length > 1 ? plain(layers) : []),
        ]}
        value={chosen.layer.value ?? OWN}
        testId="attributions-layer"
        onChange={(value) => {
          chosen.layer.value = value === OWN ? null : value;
        }}
      />
      <Select
        label="Target"
        choices={plain(targets)}
        value={model.target.value}
        testId="attributions-target"
        onChange={(value) => {
          chosen.target.value = value;
        }}
      />
    </>
  );
}

function DrawingControls({ model }: { model: Model }) {
  const percent = (value: number) => `${Math.round(100 * value)} %`;
  const drawing = drawn.drawing.value;
  return (
    <>
      <Segmented
        label="Drawing"
        choices={[
          { value: "input", label: "input" },
          { value: "overlay", label: "overlay" },
          { value: "map", label: "map" },
          { value: "difference", label: "diff", title: "Difference to another record" },
        ]}
        value={drawing}
        testId="attributions-drawing"
        onChange={into(drawn.drawing)}
      />
      {drawing === "difference" && <Against model={model} />}
      {drawing === "overlay" && (
        <Slider
          label="Opacity"
          {...range(drawn.opacity, 0, 1, 0.05)}
          format={percent}
          testId="attributions-opacity"
        />
      )}
      <Slider
        label="Threshold"
        {...range(drawn.threshold, 0, 1, 0.01)}
        format={percent}
        testId="attributions-threshold"
      />
      <Slider
        label="Smoothing"
        {...range(drawn.smoothing, 0, 0.25, 0.01)}
        format={(value) => `${percent(value)} of width`}
        testId="attributions-smoothing"
      />
      <Check
        label="Contour lines"
        checked={drawn.contours.value}
        testId="attributions-contours"
        onChange={into(drawn.contours)}
      />
      {drawn.contours.value && (
        <Slider
          label="Levels"
          {...range(drawn.levels, LEVELS_RANGE[0], LEVELS_RANGE[1], 1)}
          testId="attributions-levels"
        />
      )}
      <Segmented
        label="Scale"
        choices={[
          {
            value: "shared",
            label: "shared",
            title: "One scale for all tiles of a method and layer",
          },
          { value: "sample", label: "per sample", title: "One scale for all tiles of a sample" },
          {
            value: "own",
            label: "own",
            title: "Each tile its own scale, from zero; flat ones stay flat",
          },
        ]}
        value={drawn.scale.value}
        testId="attributions-scale"
        onChange={into(drawn.scale)}
      />
      <Select
        label="Colours"
        choices={plain(SEQUENTIAL)}
        value={drawn.sequential.value}
        testId="attributions-colours"
        onChange={into(drawn.sequential)}
      />
      <Select
        label="Signed colours"
        choices={plain(DIVERGING)}
        value={drawn.diverging.value}
        testId="attributions-signed-colours"
        onChange={into(drawn.diverging)}
      />
    </>
  );
}

function Against({ model }: { model: Model }) {
  const { kind, epoch, run } = model.against.value;
  const moments = model.runs.value.flatMap((each) => each.moments);
  const epochs = [...new Set(moments.map((each) => each.epoch))].sort((a, b) => a - b);
  const names = model.runs.value.map((each) => each.run);
  return (
    <>
      <Select
        label="Against"
        choices={[
          { value: "previous", label: "previous record" },
          { value: "untrained", label: "untrained model" },
          { value: "epoch", label: "an epoch" },
          { value: "run", label: "another run", disabled: names.length < 2 },
        ]}
        value={kind}
        testId="attributions-against"
        onChange={into(drawn.against)}
      />
      {kind === "epoch" && (
        <Select
          label="Epoch"
          choices={plain(epochs.filter((each) => each >= 0).map(String))}
          value={String(epoch)}
          testId="attributions-against-epoch"
          onChange={(value) => {
            drawn.againstEpoch.value = Number(value);
          }}
        />
      )}
      {kind === "run" && (
        <Select
          label="Run"
          choices={plain(names)}
          value={run ?? ""}
          testId="attributions-against-run"
          onChange={(value) => {
            drawn.againstRun.value = value;
          }}
        />
      )}
    </>
  );
}
