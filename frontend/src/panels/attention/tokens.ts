/** Names of tokens and layers, as short as they still tell apart. */
import type { Shown } from "./records";

/** Returns a label for each real token of a sample. */
export function tokenLabels({ tokens, grid, prefix, length }: Shown): string[] {
  return Array.from({ length }, (_, i) => {
    if (tokens?.[i] !== undefined) return printable(tokens[i]);
    return grid ? cellLabel(i, prefix, grid) : `${i}`;
  });
}

/** Word pieces as their models write them: a space before, or none. */
function printable(token: string): string {
  const plain = token.replace(/^[▁Ġ]/u, "").replace(/[▁Ġ]/gu, " ");
  return plain.trim() === "" ? JSON.stringify(token) : plain;
}

function cellLabel(i: number, prefix: number, [, width]: readonly [number, number]): string {
  if (i < prefix) return i === 0 ? "class token" : `register ${i}`;
  const cell = i - prefix;
  return `row ${Math.floor(cell / width)}, column ${cell % width}`;
}

/** Whether a token marks the text instead of being of it, such as [SEP] or </s>. */
export function isSpecial(token: string): boolean {
  return /^(\[[A-Z_0-9]+\]|<[^<>]+>)$/.test(token);
}

/** Returns the names without the parts that all begin or end with. */
export function shortNames(names: readonly string[]): string[] {
  const parts = names.map((name) => name.split("."));
  const shortest = Math.min(...parts.map(({ length }) => length));
  let start = 0;
  while (start < shortest - 1 && same(parts, (each) => each[start])) start++;
  let end = 0;
  while (end < shortest - 1 - start && same(parts, (each) => each[each.length - 1 - end])) end++;
  return parts.map((each) => each.slice(start, each.length - end).join("."));
}

function same(parts: readonly string[][], of: (parts: string[]) => string): boolean {
  return parts.length > 1 && parts.every((each) => of(each) === of(parts[0]));
}
