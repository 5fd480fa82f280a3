/** A labelled drop-down list on one line. */
import type { Choice } from "./Segmented";

interface Props<T extends string> {
  readonly label: string;
  readonly choices: readonly Choice<T>[];
  readonly value: T;
  readonly testId?: string;
  onChange(value: T): void;
}

export function Select<T extends string>(props: Props<T>) {
  const { label, choices, value, testId, onChange } = props;
  return (
    <label class="select row">
      <span>{label}</span>
      <select
        value={value}
        data-testid={testId}
        onChange={(event) => onChange(event.currentTarget.value as T)}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value} disabled={choice.disabled}>
            {choice.label}
          </option>
        ))}
      </select>
    </label>
  );
}
