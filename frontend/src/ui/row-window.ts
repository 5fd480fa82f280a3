/** Which rows of a long table are on screen; the others are not drawn. */
import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

const AROUND = 6; // rows drawn beyond both edges, so that scrolling shows no blank

interface RowWindow {
  readonly first: number;
  readonly last: number;
  /** Of the table, in pixels. */
  readonly width: number;
}

export function useRowWindow(
  body: RefObject<HTMLElement | null>,
  rows: number,
  rowHeight: number,
  around = AROUND,
): RowWindow {
  const [window, setWindow] = useState<RowWindow>({ first: 0, last: 0, width: 0 });
  useEffect(() => {
    const element = body.current;
    const scroller = element?.closest(".main");
    if (!element || !scroller) return;
    const update = () => {
      const { top, width } = element.getBoundingClientRect();
      const view = scroller.getBoundingClientRect();
      const first = Math.max(0, Math.floor((view.top - top) / rowHeight) - around);
      const last = Math.min(rows, Math.ceil((view.bottom - top) / rowHeight) + around);
      setWindow((old) =>
        old.first === first && old.last === last && old.width === width
          ? old
          : { first, last: Math.max(first, last), width },
      );
    };
    const resized = new ResizeObserver(update);
    resized.observe(scroller);
    resized.observe(element);
    scroller.addEventListener("scroll", update, { passive: true });
    update();
    return () => {
      resized.disconnect();
      scroller.removeEventListener("scroll", update);
    };
  }, [body, rows, rowHeight, around]);
  return window;
}
