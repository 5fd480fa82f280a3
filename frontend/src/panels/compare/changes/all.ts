/** All findings between A and B. */
import { computed } from "@preact/signals";
import { context } from "../../../context";
import { isAbsence, mapOf, type Source } from "../../attributions/sources";
import { tableOf } from "../../attributions/tabular/features";
import { wordsOf as tokensOf } from "../../attributions/text/reading";
import { alertsOf } from "../../layers/alerts";
import { ends, lineup, sides } from "../model";
import { editTables, layerTables } from "../tables/model";
import { type Found, ranked } from "./findings";
import { alertFindings, layerFindings } from "./layers";
import { mapFindings } from "./maps";
import { predictionFindings } from "./predictions";
import { sensitivityFindings } from "./sensitivities";

export const found = computed<Found>(() => {
  if (!ends.value) return { findings: [], quiet: [] };
  const { a, b } = ends.value;
  return ranked([
    alertFindings(alertsOf(context.series.value), a, b),
    predictionFindings(lineup.value.pairs),
    ofMaps(),
    layerFindings(layerTables.value, b.run),
    sensitivityFindings(editTables.value, b.run),
  ]);
});

function ofMaps(): Found {
  const { a, b } = sides.value ?? {};
  const { pairs } = lineup.value;
  if (pairs.length === 0) return { findings: [], quiet: ["Maps: A and B share no sample."] };
  if (!a || !b || isAbsence(a.source) || isAbsence(b.source)) {
    return { findings: [], quiet: ["Maps: not recorded at both ends."] };
  }
  const { source } = b;
  const nameOf = (hash: string, index: number) => valueName(source, hash, index);
  return mapFindings({ a: a.source, b: source, pairs, nameOf });
}

/** Returns the word, or the column, of value `index`. */
function valueName(source: Source, hash: string, index: number): string {
  const { probe } = source;
  const stored = mapOf(source, hash);
  const count = isAbsence(stored) ? 0 : stored.width;
  if (probe.modality === "text") {
    return tokensOf(probe, probe.places.get(hash) ?? 0, count, false)[index]?.text ?? `#${index}`;
  }
  const table = tableOf(context.series.value, probe.run, probe.digest, count);
  return table.features[index]?.name ?? `#${index}`;
}
