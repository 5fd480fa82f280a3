/** Places along a line, in a given order, without overlap; pure. */

/**
 * Returns the places nearest to `wishes`, by least squares, at which no item overlaps the next.
 *
 * `widths` are those of the items with the gap behind them. Pool adjacent violators: with the
 * widths before each item taken off, the places only have to ascend.
 */
export function spread(wishes: readonly number[], widths: readonly number[]): number[] {
  const pools: { sum: number; count: number }[] = [];
  const offsets: number[] = [];
  let offset = 0;
  wishes.forEach((wish, i) => {
    offsets.push(offset);
    let pool = { sum: wish - offset, count: 1 };
    offset += widths[i];
    for (let last = pools.at(-1); last && level(last) > level(pool); last = pools.at(-1)) {
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
      pools.pop();
    }
    pools.push(pool);
  });
  return pools
    .flatMap((pool) => new Array<number>(pool.count).fill(level(pool)))
    .map((place, i) => place + offsets[i]);
}

function level({ sum, count }: { readonly sum: number; readonly count: number }): number {
  return sum / count;
}
