/** A short word on what just happened, read out to screen readers. */
import { signal } from "@preact/signals";

const SECONDS_SHOWN = 4;
const message = signal<string | null>(null);
let timer = 0;

export function announce(text: string): void {
  message.value = text;
  clearTimeout(timer);
  timer = window.setTimeout(() => {
    message.value = null;
  }, SECONDS_SHOWN * 1000);
}

export function Toast() {
  return (
    <div role="status" aria-live="polite">
      {message.value && <div class="toast">{message.value}</div>}
    </div>
  );
}
