/** Which head, which token, and how weights are drawn. */
import { moveSample } from "../../context";
import { useKeys } from "../../keys";
import { SEQUENTIAL } from "../../maps/colormaps";
import type { PanelContext } from "../../types";
import { Check } from "../../ui/Check";
import { type Choice, Segmented } from "../../ui/Segmented";
import { Select } from "../../ui/Select";
import { Slider } from "../../ui/Slider";
import { into, plain, range } from "../attributions/bind";
import { chooseHead, type Model, modelOf, moveHead } from "./model";
import { isAbsence, type Shown } from "./records";
import { chosen, drawn, type ScaleName, type View } from "./settings";
import { tokenLabels } from "./tokens";

const VIEW_NAMES: Readonly<Record<View, Choice<View>>> = {
  map: { value: "map", label: "map", title: "Queries downwards, keys across" },
  lines: { value: "lines", label: "lines", title: "Lines from token to token" },
  picture: {
    value: "picture",
    label: "picture",
    title: "What one cell attends to, over the image",
  },
};

const SCALES: readonly Choice<ScaleName>[] = [
  { value: "own", label: "own", title: "Each map up to its own largest weight" },
  { value: "shared", label: "shared", title: "All maps up to the largest weight of all heads" },
];

export function Controls({ context }: { readonly context: PanelContext }) {
  const model = modelOf(context);
  const order = () => model.samples.peek().map(({ hash }) => hash);
  useKeys([
    { key: "ArrowUp", label: "previous recorded sample", run: () => moveSample(-1, order()) },
    { key: "ArrowDown", label: "next recorded sample", run: () => moveSample(1, order()) },
    { key: "j", label: "next head", run: () => moveHead(model, 1) },
    { key: "k", label: "previous head", run: () => moveHead(model, -1) },
    { key: "v", label: "next view of the head", run: () => nextView(model) },
  ]);
  return (
    <div class="controls" data-testid="attention-controls">
      <Sample model={model} context={context} />
      <h3>Head</h3>
      <HeadChoice model={model} />
      <h3>View</h3>
      <Segmented
        label="View of the head"
        choices={model.views.value.map((view) => VIEW_NAMES[view])}
        value={model.view.value}
        testId="attention-view"
        onChange={(view) => {
          chosen.view.value = view;
        }}
      />
      <QueryChoice model={model} />
      {model.view.value === "lines" && (
        <Check
          label="Hide special tokens"
          checked={chosen.special.value}
          testId="attention-special"
          onChange={into(chosen.special)}
        />
      )}
      <h3>Drawing</h3>
      <Segmented
        label="Scale of the weights"
        choices={SCALES}
        value={drawn.scale.value}
        testId="attention-scale"
        onChange={into(drawn.scale)}
      />
      {model.view.value === "picture" && (
        <Slider
          label="Opacity"
          {...range(drawn.opacity, 0, 1, 0.05)}
          format={(value) => `${Math.round(100 * value)} %`}
          testId="attention-opacity"
        />
      )}
      <Select
        label="Colours"
        choices={plain(SEQUENTIAL)}
        value={drawn.colours.value}
        testId="attention-colours"
        onChange={into(drawn.colours)}
      />
    </div>
  );
}

function nextView(model: Model): void {
  const views = model.views.peek();
  chosen.view.value = views[(views.indexOf(model.view.peek()) + 1) % views.length];
}

function Sample({ model, context }: { readonly model: Model; readonly context: PanelContext }) {
  const sample = model.sample.value;
  if (!sample) return null;
  return (
    <>
      <h3>Sample</h3>
      <Select
        label={`${model.samples.value.indexOf(sample) + 1} of ${model.samples.value.length}`}
        choices={model.samples.value.map(({ hash, name, label }) => ({
          value: hash,
          label: label === null ? name : `${name} · ${label}`,
        }))}
        value={sample.hash}
        testId="attention-sample"
        onChange={(hash) => {
          context.sample.value = hash;
        }}
      />
    </>
  );
}

function HeadChoice({ model }: { readonly model: Model }) {
  const head = model.head.value;
  if (!head) return null;
  const layer = model.layers.value.find(({ name }) => name === head.layer);
  return (
    <>
      <Select
        label="Layer"
        choices={plain(model.layers.value.map(({ name }) => name))}
        value={head.layer}
        testId="attention-layer"
        onChange={(name) => chooseHead({ layer: name, head: head.head })}
      />
      <Select
        label="Head"
        choices={plain(Array.from({ length: layer?.heads ?? 1 }, (_, i) => `${i}`))}
        value={`${head.head}`}
        testId="attention-head"
        onChange={(value) => chooseHead({ layer: head.layer, head: Number(value) })}
      />
    </>
  );
}

/** The token that asks: of the first run that shows the sample. */
function QueryChoice({ model }: { readonly model: Model }) {
  const shown = model.shown.value.find((each): each is Shown => !isAbsence(each));
  if (!shown) return null;
  return (
    <Select
      label="From"
      choices={tokenLabels(shown).map((label, i) => ({ value: `${i}`, label: `${i} · ${label}` }))}
      value={`${model.query.value}`}
      testId="attention-query"
      onChange={(value) => {
        chosen.query.value = Number(value);
      }}
    />
  );
}
