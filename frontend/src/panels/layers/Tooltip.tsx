/** Exact figures of what the pointer is over. */
export interface TooltipText {
  readonly title: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly lines?: readonly string[];
}

const WIDTH = 300; // pixels, as in the style of all tooltips
const HEIGHT = 150; // pixels it may need

interface Props extends TooltipText {
  /** Of the pointer, in pixels of the window. */
  readonly x: number;
  readonly y: number;
}

export function Tooltip({ x, y, title, facts, lines = [] }: Props) {
  const left = x + 18 + WIDTH > innerWidth ? x - 18 - WIDTH : x + 18;
  const top = Math.min(y + 14, innerHeight - HEIGHT);
  return (
    <div
      class="tooltip"
      role="tooltip"
      data-testid="layers-tooltip"
      style={{ left: `${left}px`, top: `${top}px` }}
    >
      <b>{title}</b>
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
      <table class="facts">
        <tbody>
          {facts.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td data-fact={name}>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
