/** What stands in the middle while there is nothing to draw, and why. */
import { current } from "../panels/current";
import { currentParts, fetchAgain, partsFailure } from "../panels/fetching";
import { catalog, failure, loading, refresh, runs, series, settled } from "../state";
import { CopyButton } from "../ui/CopyButton";

export type ShellStatus =
  | "loading"
  | "failed"
  | "no-code"
  | "no-runs"
  | "none-shown"
  | "no-data"
  | "ready";

/** Returns what the middle shows for a panel that draws records of the kinds `needs`. */
export function statusOf(needs: readonly string[]): ShellStatus {
  if (series.value.some(({ kind, records }) => needs.includes(kind) && records.length > 0)) {
    if (currentParts.value) return "ready";
    return partsFailure.value ? "no-code" : "loading";
  }
  if (failure.value) return "failed";
  if (!catalog.value) return "loading";
  if (catalog.value.runs.length === 0) return "no-runs";
  if (runs.value.length === 0) return "none-shown";
  return settled.value && !loading.value ? "no-data" : "loading";
}

export function Status({ status }: { readonly status: ShellStatus }) {
  if (status === "loading") return <p class="state mute">Loading…</p>;
  if (status === "failed") return <Failed />;
  if (status === "no-code") return <NoCode />;
  if (status === "none-shown") {
    return (
      <div class="state">
        <h2>No run is chosen</h2>
        <p>Choose one or more on the left.</p>
      </div>
    );
  }
  const heading = status === "no-runs" ? "Nothing has been recorded yet" : current.value.question;
  return (
    <div class="state" data-testid="empty">
      <h2>{heading}</h2>
      <p>
        {status === "no-runs"
          ? "No run in this log directory holds our records. Add the callback and train; the page fills itself."
          : "None of the chosen runs recorded what answers this. Add the callback and train:"}
      </p>
      <div class="recipe">
        <pre>
          <code>{current.value.recipe}</code>
        </pre>
        <CopyButton label="Copy" testId="copy-recipe" text={() => current.value.recipe} />
      </div>
    </div>
  );
}

function Failed() {
  return (
    <div class="state" role="alert" data-testid="failed">
      <h2>The records could not be loaded</h2>
      <p>{failure.value?.message}</p>
      <button type="button" class="primary" data-testid="retry" onClick={() => void refresh()}>
        Try again
      </button>
    </div>
  );
}

function NoCode() {
  return (
    <div class="state" role="alert" data-testid="no-code">
      <h2>The panel {current.value.title} could not be loaded</h2>
      <p>
        TensorBoard did not send the panel's code. Is it still running? Reload the page if trying
        again does not help, as after an update of tb-explain.
      </p>
      <p class="mute">{partsFailure.value?.message}</p>
      <button type="button" class="primary" data-testid="retry" onClick={fetchAgain}>
        Try again
      </button>
    </div>
  );
}
