/** Long lists draw only what is in view, or close to it. */
import { useEffect, useState } from "preact/hooks";

/** Of the view's edges, in pixels: a flick of the wheel shows no blank. */
const CLOSE = "400px";

/** Whether the element is in view, or close to it. */
export function useNear(element: { readonly current: HTMLElement | null }): boolean {
  const [near, setNear] = useState(false);
  useEffect(() => {
    if (!element.current) return;
    const observer = new IntersectionObserver(
      (entries) => setNear(entries[entries.length - 1].isIntersecting),
      { rootMargin: CLOSE },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return near;
}
