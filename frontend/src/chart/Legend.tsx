/** Which line is which, and its exact value at the pointer or the scrubber. */
import { type Line, pointAt } from "./line";

interface Props {
  readonly lines: readonly Line[];
  readonly hidden: ReadonlySet<string>;
  /** Where on the x axis. */
  readonly place: number;
  readonly zoomed: boolean;
  readonly xLabel: string;
  formatX(value: number): string;
  formatY(value: number): string;
  onToggle(label: string): void;
  onWhole(): void;
}

export function Legend(props: Props) {
  const { lines, hidden, place, zoomed, xLabel, formatX, formatY, onToggle, onWhole } = props;
  return (
    <ul class="key-list">
      <li class="row mute">
        <span>{xLabel}</span>
        {zoomed && (
          <button type="button" class="plain" onClick={onWhole}>
            show all
          </button>
        )}
        <span class="num clip">{formatX(place)}</span>
      </li>
      {lines.map((line) => {
        const { x, y } = pointAt(line, place);
        return (
          <li key={line.label}>
            <button
              type="button"
              class={`plain ${hidden.has(line.label) ? "hidden" : ""}`}
              aria-pressed={!hidden.has(line.label)}
              title={`${line.label}: show or hide`}
              onClick={() => onToggle(line.label)}
            >
              <span class="ring" style={{ borderColor: line.colour }} />
              <span class="clip">{line.label}</span>
              {x < place && !Number.isNaN(y) && <span class="num mute">at {formatX(x)}</span>}
              <span class="num">{Number.isNaN(y) ? "–" : formatY(y)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
