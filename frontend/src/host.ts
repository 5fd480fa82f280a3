/** The page around this one: TensorBoard's, of the same origin; none in a report. */
import { answers } from "./api";

/** Returns TensorBoard's window; null where there is none around us, or none that lets us in. */
export function tensorBoard(): Window | null {
  // A report that somebody put into a frame has no business with what is around it.
  if (!answers().live || window.parent === window) return null;
  try {
    return window.parent.location.hash === undefined ? null : window.parent;
  } catch {
    return null;
  }
}
