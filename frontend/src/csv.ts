/** Comma-separated values as RFC 4180 has them. */
import type { Download } from "./types";

export type Cell = string | number | null;

/** Returns the text of a table; text that a spreadsheet would run as a formula is disarmed. */
export function toCsv(header: readonly string[], rows: Iterable<readonly Cell[]>): string {
  const lines = [header.map(csvCell).join(",")];
  for (const row of rows) lines.push(row.map(csvCell).join(","));
  return `${lines.join("\r\n")}\r\n`;
}

/** Returns a table as a file to download. */
export function csvDownload(
  name: string,
  header: readonly string[],
  rows: Iterable<readonly Cell[]>,
): Download {
  return { name, blob: new Blob([toCsv(header, rows)], { type: "text/csv" }) };
}

function csvCell(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(Number.isInteger(cell) ? cell : float32Digits(cell));
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Records hold 32-bit numbers: seven digits say all that there is. */
function float32Digits(value: number): number {
  return Number(value.toPrecision(7));
}
