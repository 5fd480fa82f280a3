/** The scales of the maps and of their differences. */
import { context } from "../../../context";
import { ColourBar } from "../../attributions/ColourBar";
import { shown } from "../settings";
import type { Pictured } from "./contents";

export function Legend({ of }: { readonly of: Pictured }) {
  const { a, b, limits, shared, sharedChange } = of;
  const { unit } = b;
  const signed = a.signed || b.signed;
  const maps = { limit: limits.maps, signed, unit, words: "" };
  const change = { limit: limits.difference, signed: true, unit, words: "" };
  const differs = shown.mode.value === "side" || shown.mode.value === "difference";
  return (
    <div class="cmp-legend" data-testid="compare-legend">
      {shown.mode.value !== "difference" && (
        <span>
          {shared ? <ColourBar context={context} scale={maps} /> : null}
          <span class="mute">
            {shared
              ? "A and B, one scale for all samples"
              : `A and B share a scale, each sample its own, up to ${maps.limit.toPrecision(3)} ${unit}`}
          </span>
        </span>
      )}
      {differs && (
        <span>
          {sharedChange && <ColourBar context={context} scale={change} />}
          <span class="mute">
            {sharedChange
              ? "B − A, one scale for all samples"
              : `B − A: each sample its own scale, up to ${change.limit.toPrecision(3)} ${unit}`}
          </span>
        </span>
      )}
    </div>
  );
}
