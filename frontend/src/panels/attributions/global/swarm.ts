/** Where the points of a beeswarm lie: one row for each feature, no two on top of another. Pure. */

/** Points of all rows, in CSS pixels. */
export interface Swarm {
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Of each point: its sample and its feature, by index. */
  readonly sample: Int32Array;
  readonly feature: Int32Array;
  /** Of each point: its feature's value, from 0 (lowest) to 1; NaN where it is not on record. */
  readonly shade: Float32Array;
}

export interface SwarmInput {
  /** [n, F]. */
  readonly attributions: ArrayLike<number>;
  /** [n, F], or null. */
  readonly values: ArrayLike<number> | null;
  readonly count: number;
  readonly width: number;
  /** Indices of the features that are drawn, from the first row on. */
  readonly rows: readonly number[];
}

export interface SwarmPlace {
  readonly rowHeight: number;
  /** Returns the x of an attribution. */
  x(value: number): number;
}

const STEP = 2; // pixels from one column of points to the next
const PITCH = 2.5; // from one point to the one above it

/** Returns the points; those of one column alternate around the middle of their row. */
export function swarmOf(input: SwarmInput, place: SwarmPlace): Swarm {
  const { count, rows } = input;
  const size = count * rows.length;
  const [x, y, shade] = [0, 0, 0].map(() => new Float32Array(size));
  const [sample, feature] = [0, 0].map(() => new Int32Array(size));
  rows.forEach((f, r) => {
    const shades = shadesOf(input, f);
    const middle = (r + 0.5) * place.rowHeight;
    const begin = r * count;
    for (let n = 0; n < count; n++) {
      const i = begin + n;
      x[i] = place.x(input.attributions[n * input.width + f]);
      sample[i] = n;
      feature[i] = f;
      shade[i] = shades[n];
    }
    spread(x.subarray(begin, begin + count), y.subarray(begin, begin + count), middle, place);
  });
  return { x, y, sample, feature, shade };
}

/** Stacks the points of each column; fuller ones are pressed together to stay within the row. */
function spread(x: Float32Array, y: Float32Array, middle: number, { rowHeight }: SwarmPlace) {
  const columns = columnsOf(x);
  let fullest = 1;
  for (const count of countsOf(columns)) if (count > fullest) fullest = count;
  const pitch = Math.min(PITCH, (rowHeight - 4) / fullest);
  const seen = new Int32Array(MOST_COLUMNS);
  for (let i = 0; i < x.length; i++) {
    const k = seen[columns[i]]++;
    y[i] = middle + (k % 2 ? 1 : -1) * Math.ceil(k / 2) * pitch;
  }
}

const MOST_COLUMNS = 8192; // no screen is as wide

function columnsOf(x: Float32Array): Int32Array {
  const columns = new Int32Array(x.length); // what is no number falls into the first
  for (let i = 0; i < x.length; i++) {
    columns[i] = Math.max(0, Math.min(MOST_COLUMNS - 1, Math.round(x[i] / STEP)));
  }
  return columns;
}

function countsOf(columns: Int32Array): Int32Array {
  const counts = new Int32Array(MOST_COLUMNS);
  for (const column of columns) counts[column]++;
  return counts;
}

/** Returns each sample's rank among the values of feature `f`, 0 to 1: outliers spoil no colours. */
function shadesOf({ values, width, count }: SwarmInput, f: number): Float32Array {
  if (!values) return new Float32Array(count).fill(Number.NaN);
  const own = new Float32Array(count);
  for (let n = 0; n < count; n++) own[n] = values[n * width + f];
  const sorted = own.filter(Number.isFinite).sort();
  const last = Math.max(1, sorted.length - 1);
  return own.map((value) => {
    if (!Number.isFinite(value)) return Number.NaN;
    // Equal values share the mean of their ranks.
    return (countBelow(sorted, value, false) + countBelow(sorted, value, true) - 1) / 2 / last;
  });
}

/** Returns how many of the `sorted` values are below `value`, or not above it. */
function countBelow(sorted: Float32Array, value: number, orEqual: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const below = orEqual ? sorted[middle] <= value : sorted[middle] < value;
    if (below) low = middle + 1;
    else high = middle;
  }
  return low;
}

const NEAR = 7; // pixels from a point within which it is hit

/** Returns the index of the point nearest to a place; -1 where none is near. */
export function pointNear({ x, y }: Pick<Swarm, "x" | "y">, px: number, py: number): number {
  let best = -1;
  let least = NEAR * NEAR;
  for (let i = 0; i < x.length; i++) {
    const away = (x[i] - px) ** 2 + (y[i] - py) ** 2;
    if (away < least) {
      least = away;
      best = i;
    }
  }
  return best;
}
