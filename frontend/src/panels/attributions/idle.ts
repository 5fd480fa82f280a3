/** Work that may wait until a frame is drawn. */

/** Milliseconds that must be left before another step begins: some take that long. */
const SPARE = 5;

/** Runs `steps`, as many at a time as the browser has time for; returns what stops it. */
export function whenIdle(steps: readonly (() => void)[]): () => void {
  let next = 0;
  let handle = 0;
  const run = (deadline: IdleDeadline) => {
    do steps[next++]?.();
    while (next < steps.length && deadline.timeRemaining() > SPARE);
    if (next < steps.length) handle = requestIdleCallback(run, { timeout: 500 });
  };
  handle = requestIdleCallback(run, { timeout: 500 });
  return () => cancelIdleCallback(handle);
}
