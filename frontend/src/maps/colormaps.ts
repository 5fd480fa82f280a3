/**
 * Colour maps as tables of control points, equally spaced, linear in between.
 *
 * viridis, inferno and magma: S. van der Walt and N. Smith (CC0); cividis: J. Nunez et al. 2018
 * (CC0); vik, berlin: F. Crameri, Scientific colour maps (MIT); PuOr: C. Brewer, ColorBrewer (Apache-2.0).
 * All are perceptually ordered and safe for the common forms of colour blindness; 17 points
 * reproduce the original tables to within 11 of 255 (cividis' blue), mostly within 6.
 */

export const SEQUENTIAL = ["viridis", "cividis", "inferno", "magma"] as const;
/** Of the diverging, berlin is dark in its middle and the others are light. */
export const DIVERGING = ["vik", "PuOr", "berlin"] as const;
export type SequentialName = (typeof SEQUENTIAL)[number];
export type DivergingName = (typeof DIVERGING)[number];
export type ColourMapName = SequentialName | DivergingName;

const POINTS: Readonly<Record<ColourMapName, string>> = {
  viridis:
    "44015448186a472d7b4240863b528b33638d2c728e26818e21908c1f9f8828ae803ebc745dc96382d34cabdc32d5e21afde725",
  cividis:
    "00224e002e6a1a386f32436d434e6c52596d61656f6f70737c7b788b87789b9376aba072bbad6cccba64ddc958efd748fee838",
  inferno:
    "0000040b0724210c4a3c096557106d70196e89226aa32b61bb3755d14644e35932f1711ef98d0afcab0ff9ca32f2e865fcffa4",
  magma:
    "0000040a08221d114636106a50127c691c818226819c2e7fb63779cf4170e65163f5695cfb8761fea571fec387fde0a2fcfdbf",
  vik: "001261022b710344810c5e922f7ca6609dbc92bdd2c5dbe5ece5e1e9cbb9dcab8fcf8e68c37243b3531f932e06741506590008",
  PuOr: "2d004b4518715f3a917a6aa8998fbfb7b1d5cfcee5e4e5f0f7f6f6fbe9cefed6a1fdbd6dee9d3bda7d12be6209a04d077f3b08",
  berlin:
    "9eb0ff79abed519fd33685ad2868861d4b6114303e111a20190c092a0e013f1201591c077b321c9c4f3dbc6d61dd8d86ffadad",
};

/** Returns the diverging colours whose zero is the ground of the theme, not a light in the dark. */
export function divergingFor(dark: boolean): DivergingName {
  return dark ? "berlin" : "vik";
}

export type Colour = readonly [red: number, green: number, blue: number];

/** Entries of a table; the middle of a diverging one lies between entries 127 and 128. */
export const TABLE_SIZE = 256;

/** Returns the colour of `name` at `position` in [0, 1], components in [0, 255]. */
export function colourAt(name: ColourMapName, position: number): Colour {
  const points = POINTS[name];
  const last = points.length / 6 - 1;
  const place = Math.max(0, Math.min(1, position)) * last;
  const low = Math.min(last - 1, Math.floor(place));
  const component = (k: number): number => {
    const from = parseInt(points.slice(low * 6 + 2 * k, low * 6 + 2 * k + 2), 16);
    const to = parseInt(points.slice(low * 6 + 6 + 2 * k, low * 6 + 8 + 2 * k), 16);
    return Math.round(from + (to - from) * (place - low));
  };
  return [component(0), component(1), component(2)];
}

/** Returns a pixel as ImageData holds it, read as one little-endian number; opaque. */
export function pack([red, green, blue]: Colour): number {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

const tables = new Map<ColourMapName, Uint32Array>();

/** Returns the `TABLE_SIZE` packed colours of `name`, from its lowest to its highest. */
export function colourTable(name: ColourMapName): Uint32Array {
  const known = tables.get(name);
  if (known) return known;
  const table = new Uint32Array(TABLE_SIZE);
  for (let i = 0; i < TABLE_SIZE; i++) table[i] = pack(colourAt(name, i / (TABLE_SIZE - 1)));
  tables.set(name, table);
  return table;
}
