/** The shell that all panels share: header, run picker, panel, detail, scrubber. */
import { signal } from "@preact/signals";
import { context, samples } from "../context";
import { current } from "../panels/current";
import { currentParts } from "../panels/fetching";
import { loading, series } from "../state";
import { Footer } from "./Footer";
import { Header } from "./Header";
import { Help } from "./Help";
import { KeyPointer } from "./KeyPointer";
import { Problems } from "./Problems";
import { RunPicker } from "./RunPicker";
import { Status, statusOf } from "./Status";
import { useShellKeys } from "./shell-keys";
import { Waiting } from "./Waiting";

/** Whether the right column is unfolded where there is no room for it at all times. */
export const detailOpen = signal(false);

export function App() {
  useShellKeys();
  const { name, title, needs } = current.value;
  const status = statusOf(needs);
  const parts = status === "ready" ? currentParts.value : null;
  const hasDetail = parts && (samples.value.length > 0 || series.value.length > 0);
  return (
    <div class={`shell ${hasDetail ? "" : "no-detail"}`} data-testid="shell" data-status={status}>
      <Header />
      {loading.value && <div class="progress" role="status" aria-label="Loading" />}
      <aside class="left" aria-label="Runs and settings">
        <h2 class="unseen">Runs and settings</h2>
        <RunPicker />
        {parts && <parts.Controls key={name} context={context} />}
      </aside>
      <main class="main">
        <h2 class="unseen">{title}</h2>
        <div id="panel" role="tabpanel" aria-label={title}>
          <Problems />
          {parts ? <parts.Main key={name} context={context} /> : <Status status={status} />}
        </div>
      </main>
      {hasDetail && (
        <aside
          class={`right ${detailOpen.value ? "open" : ""}`}
          aria-label="In depth"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must reach it
          tabIndex={0}
          data-testid="detail"
        >
          <h2 class="unseen">In depth</h2>
          <parts.Detail key={name} context={context} />
        </aside>
      )}
      <Waiting />
      <Footer />
      <Help />
      <KeyPointer />
    </div>
  );
}
