/** A value as a bar; signed ones start in the middle. */
import type { PanelContext } from "../../types";
import { inkOf } from "./ink";
import { currentLook } from "./look";

interface Props {
  readonly context: PanelContext;
  /** Of the longest bar; below zero to the left. */
  readonly share: number;
  readonly signed: boolean;
}

/** The ground of a large value, whatever the bar's length says. */
const STRONG = 0.85;

export function ValueBar({ context, share, signed }: Props) {
  const dark = context.dark.value;
  const held = Number.isFinite(share) ? Math.max(-1, Math.min(1, share)) : 0;
  const unit = signed ? 50 : 100; // percent of the cell for the largest value
  const width = Math.abs(held) * unit;
  const left = signed ? 50 - (held < 0 ? width : 0) : 0;
  const ink = inkOf(Math.sign(held) * STRONG, currentLook(dark).diverging, dark);
  return (
    <span class={`attr-bar ${signed ? "signed" : ""}`}>
      <i style={{ left: `${left}%`, width: `${width}%`, background: ink?.background }} />
    </span>
  );
}
