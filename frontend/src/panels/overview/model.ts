/** The panel's data, derived once for all of its parts. */
import { computed } from "@preact/signals";
import { context, samples } from "../../context";
import { tracksOf } from "../../predictions";
import { probesOf } from "../../samples";
import { alertsOf } from "../layers/alerts";
import { rowsOf, sortRows, visibleRows } from "./rows";
import { filter, sort } from "./settings";

const { series, runs, stepIn } = context;

export const tracks = computed(() => tracksOf(series.value, probesOf(series.value)));

/** What went wrong in layers, if they were watched. */
export const alerts = computed(() => alertsOf(series.value));

/** The probe table at the scrubber, a row per sample. */
export const allRows = computed(() => rowsOf(samples.value, runs.value, tracks.value, stepIn));

/** The probe table's rows as filtered and sorted. */
export const shownRows = computed(() =>
  sortRows(visibleRows(allRows.value, filter.value), sort.value),
);
