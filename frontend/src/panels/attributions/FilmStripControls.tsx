/** What is shown and how it is drawn. */
import type { Signal } from "@preact/signals";
import { moveSample } from "../../context";
import { useKeys } from "../../keys";
import type { PanelContext } from "../../types";
import { Arrangement } from "./Arrangement";
import { DrawingControls } from "./DrawingControls";
import { Methods } from "./Methods";
import { modelOf } from "./model";
import { SampleFilter } from "./SampleFilter";
import { type Drawing, drawn } from "./settings";
import { TileSize } from "./TileSize";

export function FilmStripControls({ context }: { context: PanelContext }) {
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
      <h3>Arrange by</h3>
      <Arrangement model={model} />
      <TileSize context={context} />
      <h3>Drawing</h3>
      <DrawingControls model={model} dark={context.dark.value} />
    </div>
  );
}

function toggle(state: Signal<Drawing>, first: Drawing, second: Drawing): void {
  state.value = state.value === first ? second : first;
}
