/** What stands in the middle while there is nothing to draw, and why. */
import { current } from "../panels/current";
import { currentParts, fetchAgain, partsFailure } from "../panels/fetching";
import { catalog, failure, loading, refresh, runs, series, settled } from "../state";
import { Recipe } from "../ui/Recipe";
import { Onboarding } from "./Onboarding";

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
        <h3 class="named">No run is chosen</h3>
        <p>Choose one or more on the left.</p>
      </div>
    );
  }
  if (status === "no-runs") return <Onboarding />;
  return (
    <div class="state" data-testid="empty">
      <h3 class="named">{current.value.question}</h3>
      <p>None of the chosen runs recorded what answers this. Add the callback and train:</p>
      <Recipe code={current.value.recipe} testId="copy-recipe" />
    </div>
  );
}

function Failed() {
  return (
    <div class="state" role="alert" data-testid="failed">
      <h3 class="named">The records could not be loaded</h3>
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
      <h3 class="named">The panel {current.value.title} could not be loaded</h3>
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
