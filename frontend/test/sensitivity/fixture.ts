/** Readings for tests, without bytes. */
import type { Measure, Reading } from "../../src/panels/sensitivity/readings";

interface Given {
  readonly units?: readonly string[];
  readonly levels?: readonly string[];
  readonly step?: number;
  readonly estimate?: string | null;
  readonly errors?: readonly number[];
}

/** Returns a reading of `values`, unit by unit. */
export function reading(
  measure: Measure,
  values: readonly (readonly number[])[],
  given: Given = {},
): Reading {
  const names = given.units ?? values.map((_, i) => `u${i}`);
  return {
    step: given.step ?? 0,
    epoch: 0,
    samples: 8,
    metric: "accuracy",
    estimate: given.estimate ?? null,
    mode: "bitwise",
    units: names.map((name) => ({
      name,
      type: "Conv2d",
      members: [name],
      size: 10,
      parameters: 10,
      macs: 100,
      seconds: null,
    })),
    places: new Map(names.map((name, row) => [name, row])),
    levels: Float64Array.from(values[0], (_, i) => i),
    levelNames: given.levels ?? values[0].map((_, i) => `${i}`),
    tables: [],
    values: { [measure]: Float64Array.from(values.flat()) },
    errors: given.errors ? { [measure]: Float64Array.from(given.errors) } : {},
    dense: {},
    correlation: {},
  };
}
