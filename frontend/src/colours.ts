/** Colours of runs: the same for the same name in every session, apart among those shown. */

/** Observable10, its palest entries darkened until a line of them shows on white. */
const LIGHT = [
  "#4269d0",
  "#d69a00",
  "#e8553f",
  "#35a08a",
  "#3ca951",
  "#e8609b",
  "#a463f2",
  "#6496ea",
  "#9c6b4e",
  "#7f848c",
];
/** The same hues for a dark ground. */
const DARK = [
  "#8fa8f0",
  "#f3cd6b",
  "#ff9080",
  "#84d8c3",
  "#7bd18a",
  "#ffa8ca",
  "#c49af8",
  "#b4d0fa",
  "#d0a58a",
  "#b4b8bf",
];

/** Returns each name's place in the palette. Names that meet move on, in the order given. */
export function assignPlaces(names: readonly string[]): Map<string, number> {
  const used = new Array<number>(LIGHT.length).fill(0);
  const places = new Map<string, number>();
  for (const name of names) {
    const place = firstLeastUsed(used, hash(name) % LIGHT.length);
    used[place] += 1;
    places.set(name, place);
  }
  return places;
}

/** Returns the colour at `place` of the palette. */
export function paletteColour(place: number, dark: boolean): string {
  return (dark ? DARK : LIGHT)[place % LIGHT.length];
}

function firstLeastUsed(used: readonly number[], wanted: number): number {
  const least = Math.min(...used);
  const free = used.findIndex((_, i) => used[(wanted + i) % used.length] === least);
  return (wanted + free) % used.length;
}

/** FNV-1a: short names that differ in one letter fall far apart. */
function hash(name: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    value = Math.imul(value ^ name.charCodeAt(i), 0x01000193);
  }
  return value >>> 0;
}
