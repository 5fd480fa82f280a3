/** Names what could not be read, and that an answer is missing while older data is shown. */
import { catalog, failure, refresh, runs, series, settled } from "../state";

export function Problems() {
  const named = unreadable();
  return (
    <>
      {failure.value && settled.value && (
        <div class="problems row" role="alert">
          <span class="bad">{failure.value.message} What you see may be old.</span>
          <button type="button" onClick={() => void refresh()}>
            Try again
          </button>
        </div>
      )}
      {named.length > 0 && (
        <details class="problems" data-testid="unreadable">
          <summary>
            {named.length === 1 ? "1 record" : `${named.length} records`} could not be read
          </summary>
          <ul>
            {named.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function unreadable(): string[] {
  const shown = new Set(runs.value);
  const tags = (catalog.value?.unreadable ?? [])
    .filter(({ run }) => shown.has(run) || !catalog.value?.runs.some((entry) => entry.run === run))
    .map(({ run, tag, reason }) => `${run}, ${tag}: ${reason}`);
  return [...tags, ...series.value.flatMap((entry) => entry.unreadable)];
}
