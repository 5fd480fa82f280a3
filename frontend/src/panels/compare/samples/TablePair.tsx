/** One row of a table: a bar for each column at both ends, and for its change. */
import { context } from "../../../context";
import { plural } from "../../../format";
import { dequantise } from "../../../maps/dequantise";
import { numberWords } from "../../attributions/names";
import { isAbsence, mapOf } from "../../attributions/sources";
import { featureWords, type Table, tableOf, valueIn } from "../../attributions/tabular/features";
import { ValueBar } from "../../attributions/ValueBar";
import { byFalling } from "../pairs";
import type { ContentProps } from "./Rows";

const MOST = 8; // columns that are listed

export function TablePair({ pair, of, scale, change }: ContentProps) {
  const { hash } = pair.sample;
  const [first, second] = [mapOf(of.a, hash), mapOf(of.b, hash)];
  if (isAbsence(first) || isAbsence(second)) return null;
  const [a, b] = [dequantise(first).values, dequantise(second).values];
  if (a.length !== b.length) return null;
  const { probe } = of.b;
  const table = tableOf(context.series.value, probe.run, probe.digest, b.length);
  const rows = orderOf(a, b);
  return (
    <table class="cmp-bars">
      <thead>
        <tr>
          <th scope="col">column</th>
          <th scope="col" colSpan={2}>
            A
          </th>
          <th scope="col" colSpan={2}>
            B
          </th>
          <th scope="col" colSpan={2}>
            B − A
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, MOST).map((column) => (
          <tr key={column} data-column={column}>
            <Name table={table} n={probe.places.get(hash) ?? 0} column={column} />
            <Value value={a[column]} limit={scale.limit} signed={scale.signed} />
            <Value value={b[column]} limit={scale.limit} signed={scale.signed} />
            <Value value={b[column] - a[column]} limit={change.limit} signed />
          </tr>
        ))}
      </tbody>
      {rows.length > MOST && (
        <caption class="mute">{plural(rows.length - MOST, "column")} that changed less</caption>
      )}
    </table>
  );
}

/** Columns that changed most first. */
function orderOf(a: Float32Array, b: Float32Array): number[] {
  const change = (i: number) => Math.abs(b[i] - a[i]);
  return Array.from(a.keys()).sort((i, j) => byFalling(change(i), change(j)) || i - j);
}

function Name({ table, n, column }: { table: Table; n: number; column: number }) {
  const words = featureWords(table.features[column], valueIn(table, n, column));
  return (
    <th scope="row" class="clip" title={words}>
      {words}
    </th>
  );
}

function Value({ value, limit, signed }: { value: number; limit: number; signed: boolean }) {
  return (
    <>
      <td>
        <ValueBar context={context} share={limit > 0 ? value / limit : 0} signed={signed} />
      </td>
      <td class="num">{numberWords(value)}</td>
    </>
  );
}
