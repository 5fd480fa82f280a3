/** The width of an element, kept up to date. */
import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

/** Returns the width of `element` in whole CSS pixels; 0 until it is known. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const measured = element.current;
    if (!measured) return;
    const update = () => setWidth(Math.floor(measured.clientWidth));
    const observer = new ResizeObserver(update);
    observer.observe(measured);
    update();
    return () => observer.disconnect();
  }, [element]);
  return width;
}
