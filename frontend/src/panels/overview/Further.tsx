/** What else the shown runs recorded, and the panels that answer from it. */

import { catalog, runs } from "../../state";
import { PANELS } from "..";
import { openPanel } from "../current";

export function Further() {
  const recorded = new Set(
    (catalog.value?.runs ?? [])
      .filter(({ run }) => runs.value.includes(run))
      .flatMap(({ series }) => series.map(({ kind }) => kind)),
  );
  const others = PANELS.filter(
    ({ name, needs }) => name !== "overview" && needs.some((kind) => recorded.has(kind)),
  );
  return (
    <>
      {others.map(({ name, title, question }) => (
        <button
          key={name}
          type="button"
          class="ov-further"
          data-testid={`further-${name}`}
          onClick={() => openPanel(name)}
        >
          <span>{question}</span>
          <b>{title} →</b>
        </button>
      ))}
    </>
  );
}
