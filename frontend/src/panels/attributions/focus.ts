/** Keeps the sample in depth in view of a list. */
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import type { Model } from "./model";

/** Scrolls the element of `data-sample` into view whenever another sample is taken in depth. */
export function useFocusedSample(list: RefObject<HTMLElement | null>, model: Model): void {
  const hash = model.sample.value?.hash ?? "";
  useEffect(() => {
    const places = list.current?.querySelectorAll<HTMLElement>("[data-sample]") ?? [];
    const place = [...places].find(({ dataset }) => dataset.sample === hash);
    place?.scrollIntoView({ block: "nearest" });
  }, [list, hash]);
}
