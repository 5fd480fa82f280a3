/** A tooltip for boxes: exact numbers of whatever the pointer is over. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Tooltip, type TooltipText } from "../../layers/Tooltip";

interface Shown extends TooltipText {
  readonly x: number;
  readonly y: number;
}

/** Returns the tooltip to render, and the handlers of what tells `text`. */
export function useTooltip() {
  const [shown, show] = useState<Shown | null>(null);
  const tells = (text: () => TooltipText) => ({
    onPointerMove: ({ clientX, clientY }: PointerEvent) =>
      show({ x: clientX, y: clientY, ...text() }),
    onPointerLeave: () => show(null),
  });
  const tooltip: ComponentChildren = shown && <Tooltip {...shown} />;
  return { tooltip, tells };
}
