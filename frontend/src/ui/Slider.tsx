/** A labelled range with its value beside it. */
interface Props {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly testId?: string;
  format?(value: number): string;
  onChange(value: number): void;
}

export function Slider(props: Props) {
  const { label, value, min, max, step, testId, format = String, onChange } = props;
  return (
    <label class="slider">
      <span class="row">
        <span>{label}</span>
        <output class="mute num">{format(value)}</output>
      </span>
      <input
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        style={{ "--fill": `${((value - min) / (max - min)) * 100}%` }}
        aria-label={label}
        aria-valuetext={format(value)}
        data-testid={testId}
        onInput={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
    </label>
  );
}
