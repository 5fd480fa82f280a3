/** A row of choices of which one holds; arrow keys move, as in a radio group. */
export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly title?: string;
  readonly disabled?: boolean;
}

interface Props<T extends string> {
  readonly label: string;
  readonly choices: readonly Choice<T>[];
  readonly value: T;
  readonly testId?: string;
  onChange(value: T): void;
}

export function Segmented<T extends string>(props: Props<T>) {
  const { label, choices, value, testId, onChange } = props;
  return (
    <fieldset class="seg" aria-label={label} data-testid={testId}>
      {choices.map((choice) => (
        <label key={choice.value} title={choice.title} class={choice.value === value ? "on" : ""}>
          <input
            type="radio"
            class="unseen"
            name={label}
            checked={choice.value === value}
            disabled={choice.disabled}
            onChange={({ currentTarget }) => {
              // Chosen with the pointer, it gives the arrow keys back to the scrubber.
              if (!currentTarget.matches(":focus-visible")) currentTarget.blur();
              onChange(choice.value);
            }}
          />
          {choice.label}
        </label>
      ))}
    </fieldset>
  );
}
