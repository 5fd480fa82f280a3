/** Work that may wait until a frame is drawn. */

/** Runs `steps` one by one when the browser has time; returns what stops it. */
export function whenIdle(steps: readonly (() => void)[]): () => void {
  let next = 0;
  let handle = 0;
  const run = () => {
    steps[next++]?.();
    if (next < steps.length) handle = requestIdleCallback(run, { timeout: 500 });
  };
  handle = requestIdleCallback(run, { timeout: 500 });
  return () => cancelIdleCallback(handle);
}
