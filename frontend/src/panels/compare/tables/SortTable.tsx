/** A table whose columns sort, with what each of them means. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { byFalling } from "../pairs";

export interface Column<Row> {
  readonly name: string;
  readonly title: string;
  readonly meaning: string;
  /** What it sorts by; text by the alphabet, numbers the largest first. */
  value(row: Row): number | string;
  show(row: Row): ComponentChildren;
  readonly text?: boolean;
}

interface Props<Row> {
  readonly label: string;
  readonly testId: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** The column that is sorted by at first; left out: rows as they come. */
  readonly first?: { readonly name: string; readonly reversed?: boolean };
  keyOf(row: Row): string;
  isOn?(row: Row): boolean;
  onPick?(row: Row): void;
}

const MOST = 400; // rows that are drawn; the others are in the CSV

export function SortTable<Row>(props: Props<Row>) {
  const { columns, rows, label, testId, keyOf } = props;
  const [order, setOrder] = useState(props.first ?? null);
  const by = columns.find(({ name }) => name === order?.name);
  const sorted = by ? arranged(rows, by, order?.reversed ?? false) : rows;
  const turn = (name: string) =>
    setOrder({ name, reversed: order?.name === name && !order.reversed });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must reach it
    <section class="cmp-scroll" tabIndex={0} aria-label={label}>
      <table class="cmp-table" data-testid={testId}>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head
                key={column.name}
                column={column}
                sort={column === by ? (order?.reversed ? "ascending" : "descending") : "none"}
                onTurn={() => turn(column.name)}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, MOST).map((row) => (
            <Line key={keyOf(row)} {...props} row={row} />
          ))}
        </tbody>
      </table>
      {sorted.length > MOST && <p class="mute">{sorted.length - MOST} more rows are in the CSV.</p>}
    </section>
  );
}

/** Largest first, or text from A; NaN is last either way. */
export function arranged<Row>(
  rows: readonly Row[],
  { value }: Pick<Column<Row>, "value">,
  reversed: boolean,
): readonly Row[] {
  return rows.toSorted((x, y) => {
    const [a, b] = [value(x), value(y)];
    if (typeof a === "string" || typeof b === "string") {
      return String(a).localeCompare(String(b)) * (reversed ? -1 : 1);
    }
    return byFalling(reversed ? -a : a, reversed ? -b : b);
  });
}

interface HeadProps<Row> {
  readonly column: Column<Row>;
  readonly sort: "ascending" | "descending" | "none";
  onTurn(): void;
}

function Head<Row>({ column, sort, onTurn }: HeadProps<Row>) {
  const arrow = { ascending: " ↑", descending: " ↓", none: "" }[sort];
  return (
    <th scope="col" aria-sort={sort} class={column.text ? "text" : ""}>
      <button type="button" class="plain" title={column.meaning} onClick={onTurn}>
        {column.title}
        <span aria-hidden="true">{arrow}</span>
      </button>
    </th>
  );
}

function Line<Row>({ columns, row, isOn, onPick }: Props<Row> & { readonly row: Row }) {
  return (
    <tr
      class={`${isOn?.(row) ? "on" : ""} ${onPick ? "picks" : ""}`}
      data-row
      onClick={onPick && (() => onPick(row))}
    >
      {columns.map(({ name, show, text }, i) => (
        <td key={name} class={text ? "text clip" : "num"} data-column={name}>
          {i === 0 && onPick ? (
            <button type="button" class="plain clip">
              {show(row)}
            </button>
          ) : (
            show(row)
          )}
        </td>
      ))}
    </tr>
  );
}
