/** The size of an element, kept up to date. */
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

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Returns the size of `element` in CSS pixels; 0 x 0 until it is known. */
export function useSize(element: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    const measured = element.current;
    if (!measured) return;
    const update = () => setSize({ width: measured.clientWidth, height: measured.clientHeight });
    const observer = new ResizeObserver(update);
    observer.observe(measured);
    update();
    return () => observer.disconnect();
  }, [element]);
  return size;
}
