/** A labelled check box. */
interface Props {
  readonly label: string;
  readonly checked: boolean;
  readonly testId?: string;
  onChange(checked: boolean): void;
}

export function Check({ label, checked, testId, onChange }: Props) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        data-testid={testId}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>{label}</span>
    </label>
  );
}
