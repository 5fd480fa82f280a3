/** What is shown and how it is drawn. */
import type { Signal } from "@preact/signals";
import { moveSample } from "../../context";
import { useKeys } from "../../keys";
import type { PanelContext } from "../../types";
import { Check } from "../../ui/Check";
import { Segmented } from "../../ui/Segmented";
import { Select } from "../../ui/Select";
import { Slider } from "../../ui/Slider";
import { into, plain, range } from "./bind";
import { DrawingControls } from "./DrawingControls";
import { type Model, modelOf } from "./model";
import { methodName } from "./names";
import { chosen, type Drawing, drawn, TILE_RANGE } from "./settings";

export function Controls({ context }: { context: PanelContext }) {
  const model = modelOf(context);
  const order = () => model.samples.peek().map(({ hash }) => hash);
  useKeys([
    { key: "ArrowUp", label: "previous shown sample", run: () => moveSample(-1, order()) },
    { key: "ArrowDown", label: "next shown sample", run: () => moveSample(1, order()) },
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
