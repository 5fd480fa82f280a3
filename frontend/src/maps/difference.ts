/** The change from one map to another. */
import type { ValueMap } from "./dequantise";

/** Returns `map` - `reference`, cell by cell. */
export function difference(map: ValueMap, reference: ValueMap): ValueMap {
  if (map.height !== reference.height || map.width !== reference.width) {
    const [a, b] = [map, reference].map(({ height, width }) => `${height} x ${width}`);
    throw new Error(`Maps of ${a} and ${b} cells have no difference.`);
  }
  const values = map.values.map((value, i) => value - reference.values[i]);
  return { ...map, values };
}
