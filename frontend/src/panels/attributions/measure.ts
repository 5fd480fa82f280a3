/** Entries in the browser's performance timeline, which tests and developers read. */

/** Older entries than these are dropped: a session may draw for days. */
const KEPT = 500;
let kept = 0;

/** Records that `name` lasted from `start` until now. */
export function record(name: string, start: number, detail: unknown): void {
  if (kept++ >= KEPT) {
    performance.clearMeasures(name);
    kept = 0;
  }
  performance.measure(name, { start, end: performance.now(), detail });
}
