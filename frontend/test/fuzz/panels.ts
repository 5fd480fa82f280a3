/** Opens panel after panel over what was loaded, as far as that takes no document. */
import "./drive"; // first: modules of the page ask at once where answers come from
import type { Catalog } from "../../src/api";
import { context } from "../../src/context";
import { PANELS } from "../../src/panels";
import { failure, loading, loadWhatChanged, refresh, series } from "../../src/state";
import { view } from "../../src/view";
import { answer } from "./drive";

export { PANELS };

let following = false;

/** Loads a log, and has every panel make its table of it. Returns how many tables there were. */
export async function tabulate(frame: ArrayBuffer, catalog: Catalog): Promise<number> {
  answer(frame, catalog);
  if (!following) loadWhatChanged();
  following = true;
  let tables = 0;
  await refresh();
  for (const panel of PANELS) {
    view.panel.value = panel.name;
    while (loading.value) await new Promise((done) => setImmediate(done));
    if (failure.value) throw failure.value;
    if (series.value.length === 0) throw new Error("nothing was loaded");
    const parts = await panel.load();
    if (parts.csv?.(context)) tables++;
    parts.places?.(context);
  }
  return tables;
}
