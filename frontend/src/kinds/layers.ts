/** Figures of layers over training: tables, statistics, histograms, alerts. */
import { said } from "../format";
import { histogramFault } from "../histograms";
import type { TrainingRecord } from "../types";
import { firstFault, isCounts, isGap, isNumeric, isText, objectOf, shaped } from "./shared";

export const WHATS = ["activations", "gradients", "weights"] as const;
const SCALES = ["log", "linear", "signed", "fraction"];
const SIMPLE_ROLLUPS = ["root-sum-square", "mean", "sum", "max", "min"];
const FINEST = 8; // mantissa bits; a recorder uses 0 or 2

type Fields = Record<string, unknown>;

export function checkLayerTable({ fields }: TrainingRecord): string | null {
  const { digest, layers, statistics } = fields;
  if (!isText(digest)) return "its table has no digest";
  if (!isWhat(fields.what)) return "it does not say what it is a table of";
  if (!Array.isArray(layers) || !Array.isArray(statistics)) return "its table has no rows";
  const rows = layers.map(objectOf);
  const columns = statistics.map(objectOf);
  return (
    firstFault(rows, checkLayer) ??
    namedTwice(rows, "layer") ??
    firstFault(columns, checkStatistic) ??
    namedTwice(columns, "statistic") ??
    firstFault(columns, ({ name, rollup }) => checkRollup(name, rollup, columns))
  );
}

function isWhat(what: unknown): boolean {
  return WHATS.some((known) => known === what);
}

function checkLayer({ name, type, shape, size }: Fields): string | null {
  const known = isText(name) && isText(type) && isCounts(shape) && isCounts([size]);
  return known ? null : "one of its layers is not described";
}

function checkStatistic({ name, label, unit, scale }: Fields): string | null {
  const known = [name, label, unit, scale].every(isText) && SCALES.includes(scale as string);
  return known ? null : "one of its statistics is not described";
}

function namedTwice(entries: readonly Fields[], noun: string): string | null {
  const names = new Set(entries.map(({ name }) => name));
  return names.size === entries.length ? null : `its table names a ${noun} twice`;
}

/** A rule may rest on simple ones only, so that none leads back to itself. */
function checkRollup(name: unknown, rollup: unknown, columns: readonly Fields[]): string | null {
  if (rollup === null || isSimple(rollup)) return null;
  const [rule, ...operands] = Array.isArray(rollup) ? rollup : [];
  const count = rule === "ratio" ? 2 : rule === "deviation" ? 1 : Number.NaN;
  const simple = (operand: unknown) =>
    columns.some((column) => column.name === operand && isSimple(column.rollup));
  const known = operands.length === count && operands.every(simple);
  return known ? null : `its statistic ${said(name)} has an unknown rule to roll up`;
}

function isSimple(rollup: unknown): boolean {
  return SIMPLE_ROLLUPS.some((rule) => rule === rollup);
}

export function checkLayerStatistics(record: TrainingRecord): string | null {
  if (isGap(record)) return null;
  const { fields, arrays } = record;
  if (!isText(fields.table) || !isWhat(fields.what)) return "it does not name its table";
  const fault = shaped(arrays, "values", Float32Array, [null, null]);
  if (fault || !arrays.dead) return fault;
  return shaped(arrays, "dead", Int32Array, [null, 2]) ?? checkDead(arrays);
}

function checkDead({ values, dead }: TrainingRecord["arrays"]): string | null {
  const layers = values.shape[0];
  const outside = (dead.data as Int32Array).some(
    (value, i) => value < 0 || (i % 2 === 0 && value >= layers),
  );
  return outside ? "its dead units lie in no layer" : null;
}

export function checkLayerHistograms({ fields, arrays }: TrainingRecord): string | null {
  const { table, what, mantissa_bits: bits } = fields;
  if (!isText(table) || !isWhat(what)) return "it does not name its table";
  if (!isCounts([bits]) || (bits as number) > FINEST) return "its mantissa bits are no number";
  const fault =
    shaped(arrays, "bins", Uint8Array, [null]) ?? shaped(arrays, "ends", Int32Array, [null]);
  if (fault) return fault;
  const bins = arrays.bins.data as Uint8Array;
  let begin = 0;
  for (const end of arrays.ends.data as Int32Array) {
    if (end < begin || end > bins.length) return "its histograms overlap or are cut off";
    const wrong = histogramFault(bins.subarray(begin, end), bits as number);
    if (wrong) return wrong;
    begin = end;
  }
  return null;
}

export function checkAlerts({ fields }: TrainingRecord): string | null {
  const { what, raised, cleared, active } = fields;
  if (!isText(what)) return "it does not say what its alerts are of";
  if (![raised, cleared, active].every(Array.isArray)) return "it lists no alerts";
  const named = ({ rule, layer }: Fields) => isText(rule) && isText(layer);
  const whole =
    (raised as unknown[])
      .map(objectOf)
      .every(
        (alert) =>
          named(alert) && isText(alert.message) && [alert.value, alert.limit].every(isNumeric),
      ) &&
    (cleared as unknown[]).map(objectOf).every(named) &&
    (active as unknown[])
      .map(objectOf)
      .every((alert) => named(alert) && Number.isSafeInteger(alert.since));
  return whole ? null : "one of its alerts is not described";
}
