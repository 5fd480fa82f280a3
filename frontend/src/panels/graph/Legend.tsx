/** What the colours stand for, and what the model costs in all. */
import { plural } from "../../format";
import type { PanelContext } from "../../types";
import { RunName } from "../../ui/RunName";
import { amount, bytes } from "./amounts";
import type { Model } from "./model";
import { totalsOf } from "./rows";
import { cssColour, shadeOf } from "./shades";
import type { Tree } from "./tree";

const STOPS = 9;

interface Props {
  readonly model: Model;
  readonly tree: Tree;
  readonly context: PanelContext;
}

export function Totals({ model, tree, context }: Props) {
  const { parameters, macs, memory, nodes, untraced } = totalsOf(tree);
  const run = model.run.value ?? "";
  return (
    <div class="gr-totals" data-testid="graph-totals">
      <span class="dot" style={{ background: context.runColour(run) }} />
      <b>
        <RunName run={run} />
      </b>
      <span class="num">{amount(parameters)} parameters</span>
      <span class="num" title="Multiply-accumulate operations of one sample">
        {amount(macs)} MACs
      </span>
      <span class="num" title="Outputs of all parts, for one sample">
        {bytes(memory)} activations
      </span>
      <span class="num mute">{plural(nodes, "node")}</span>
      {untraced > 0 && (
        <span class="warn" title="Their insides could not be followed; their costs may be too low">
          {untraced} untraced
        </span>
      )}
    </div>
  );
}

export function Legend({ model }: { readonly model: Model }) {
  const shades = model.shades.value;
  const measure = model.measure.value;
  if (!shades) return <p class="gr-legend mute">Nothing shown has {measure.title} here.</p>;
  const at = (share: number) =>
    shades.logarithmic
      ? shades.low * (shades.high / shades.low) ** share
      : shades.low + (shades.high - shades.low) * share;
  const stops = Array.from({ length: STOPS }, (_, i) => {
    const shade = shadeOf(shades, at(i / (STOPS - 1)));
    return shade === null ? "transparent" : cssColour(shade);
  });
  return (
    <div class="gr-legend num" data-testid="graph-legend">
      <span class="mute">{measure.title}</span>
      <span>{measure.format(shades.low)}</span>
      <i style={{ background: `linear-gradient(to right, ${stops.join(",")})` }} />
      <span>{measure.format(shades.high)}</span>
      {shades.logarithmic && <span class="mute">log</span>}
    </div>
  );
}
