/** The change from one map to another. */
import type { ValueMap } from "./dequantise";

/** Returns `map` - `reference`, cell by cell; null where their resolutions differ. */
export function difference(map: ValueMap, reference: ValueMap): ValueMap | null {
  if (map.height !== reference.height || map.width !== reference.width) return null;
  const values = map.values.map((value, i) => value - reference.values[i]);
  return { ...map, values };
}
