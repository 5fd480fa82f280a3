/** Histograms on exponent bits, as tb_explain/histograms.py defines and encodes them. */

const NORMAL_EXPONENTS = 254;
const LONGEST = 8; // bytes of a count that a JavaScript number still holds exactly

/** The occupied bins of one histogram, ascending, and how many values each holds. */
export interface Histogram {
  readonly mantissaBits: number;
  readonly bins: readonly number[];
  readonly counts: readonly number[];
}

/** Returns the number of normal bins of one sign. */
export function normalBins(mantissaBits: number): number {
  return NORMAL_EXPONENTS << mantissaBits;
}

/** Returns how many bins there are: 514 with no mantissa bits. */
export function binCount(mantissaBits: number): number {
  return 2 * normalBins(mantissaBits) + 6;
}

/** Returns the histogram that `bytes` encode; they have passed `histogramFault`. */
export function decodeHistogram(bytes: Uint8Array, mantissaBits: number): Histogram {
  const bins: number[] = [];
  const counts: number[] = [];
  let bin = -1;
  let second = false;
  readNumbers(bytes, (value) => {
    if (second) counts.push(value);
    else {
      bin += value;
      bins.push(bin);
    }
    second = !second;
  });
  return { mantissaBits, bins, counts };
}

const CUT_OFF = "its histogram is cut off";

/** Returns what is wrong with the encoded histogram in `bytes`, or null. */
export function histogramFault(bytes: Uint8Array, mantissaBits: number): string | null {
  let bin = -1;
  let numbers = 0;
  let standing = false;
  let value = 0;
  let place = 1;
  let length = 0;
  // Not by readNumbers: of a run with a thousand layers there are millions of bytes to look at.
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    value += (byte & 0x7f) * place;
    if (byte >= 0x80) {
      place *= 128;
      if (++length >= LONGEST) return CUT_OFF;
      continue;
    }
    if (numbers++ % 2 === 0) {
      bin += value;
      standing ||= value === 0;
    }
    value = length = 0;
    place = 1;
  }
  if (length > 0 || numbers % 2 !== 0) return CUT_OFF;
  if (standing) return "its histogram names a bin twice";
  return bin < binCount(mantissaBits) ? null : `its histogram has a bin ${bin}`;
}

/** Hands each LEB128 number to `take`. */
function readNumbers(bytes: Uint8Array, take: (value: number) => void): void {
  let value = 0;
  let place = 1;
  for (const byte of bytes) {
    value += (byte & 0x7f) * place;
    place *= 128;
    if (byte >= 0x80) continue;
    take(value);
    [value, place] = [0, 1];
  }
}

/** Returns the sum of histograms, bin by bin, in the coarsest of their mantissa bits. */
export function mergeHistograms(parts: readonly Histogram[]): Histogram {
  if (parts.length === 1) return parts[0];
  const mantissaBits = Math.min(...parts.map((part) => part.mantissaBits));
  const sums = new Map<number, number>();
  for (const part of parts) {
    part.bins.forEach((bin, i) => {
      const coarse = coarser(bin, part.mantissaBits, mantissaBits);
      sums.set(coarse, (sums.get(coarse) ?? 0) + part.counts[i]);
    });
  }
  const bins = [...sums.keys()].sort((a, b) => a - b);
  return { mantissaBits, bins, counts: bins.map((bin) => sums.get(bin) ?? 0) };
}

function coarser(bin: number, from: number, to: number): number {
  const [fine, coarse] = [normalBins(from), normalBins(to)];
  const shift = from - to;
  if (bin < 2) return bin;
  if (bin < fine + 2) return coarse + 1 - ((fine + 1 - bin) >> shift);
  if (bin < fine + 5) return bin - fine + coarse;
  if (bin < 2 * fine + 5) return coarse + 5 + ((bin - fine - 5) >> shift);
  return 2 * coarse + 5;
}

/** What a bin holds: numbers of one sign, or one of the special cases. */
export type BinKind =
  | "NaN"
  | "-infinity"
  | "negative"
  | "negative subnormal"
  | "zero"
  | "positive subnormal"
  | "positive"
  | "infinity";

export interface Bin {
  readonly kind: BinKind;
  /** The smaller and the larger edge; NaN for NaN. */
  readonly low: number;
  readonly high: number;
}

const MIDDLE = ["negative subnormal", "zero", "positive subnormal"] as const;
const SMALLEST = 2 ** -126;

/** Returns what bin `index` holds. */
export function binAt(index: number, mantissaBits: number): Bin {
  const normal = normalBins(mantissaBits);
  if (index === 0) return { kind: "NaN", low: Number.NaN, high: Number.NaN };
  if (index === 1) return { kind: "-infinity", low: -Infinity, high: -Infinity };
  if (index < normal + 2) {
    const place = normal + 1 - index;
    return {
      kind: "negative",
      low: -edge(place + 1, mantissaBits),
      high: -edge(place, mantissaBits),
    };
  }
  if (index < normal + 5) {
    const side = index - normal - 3;
    return {
      kind: MIDDLE[side + 1],
      low: side < 0 ? -SMALLEST : 0,
      high: side > 0 ? SMALLEST : 0,
    };
  }
  if (index < 2 * normal + 5) {
    const place = index - normal - 5;
    return {
      kind: "positive",
      low: edge(place, mantissaBits),
      high: edge(place + 1, mantissaBits),
    };
  }
  return { kind: "infinity", low: Infinity, high: Infinity };
}

/** Returns the lower edge of the positive normal bin number `place`. */
function edge(place: number, mantissaBits: number): number {
  const fraction = (place & ((1 << mantissaBits) - 1)) / (1 << mantissaBits);
  return 2 ** (-126 + (place >> mantissaBits)) * (1 + fraction);
}

/** Returns how many values the histogram counts. */
export function totalOf({ counts }: Histogram): number {
  return counts.reduce((sum, value) => sum + value, 0);
}
