/** A row per probe sample: picture, label, score over time, prediction of each run. */
import { useRef } from "preact/hooks";
import { shownSince } from "../../context";
import { plural } from "../../format";
import type { PanelContext } from "../../types";
import { RunName } from "../../ui/RunName";
import { useRowWindow } from "../../ui/row-window";
import { allRows, shownRows } from "./model";
import { ProbeRow } from "./ProbeRow";
import { RowPictures } from "./RowPictures";
import { recordOf } from "./rows";
import { filter } from "./settings";

export const ROW_HEIGHT = 44;
export const PICTURE_WIDTH = 52;
const NAME_WIDTH = 132;
const RUN_WIDTH = 170; // what a run's column would like
const LEAST_WIDTH = 136; // holds a class name and a score; below it the table scrolls

export function ProbeTable({ context }: { readonly context: PanelContext }) {
  const body = useRef<HTMLDivElement>(null);
  const rows = shownRows.value;
  const { first, last, width } = useRowWindow(body, rows.length, ROW_HEIGHT);
  const runs = context.runs.value;
  const spare = width - PICTURE_WIDTH - NAME_WIDTH - RUN_WIDTH * runs.length;
  const chartWidth = Math.round(Math.min(520, Math.max(120, spare)));
  const columns = `${PICTURE_WIDTH}px ${NAME_WIDTH}px ${chartWidth}px repeat(${runs.length}, minmax(${LEAST_WIDTH}px, 1fr))`;
  const minWidth = PICTURE_WIDTH + NAME_WIDTH + chartWidth + LEAST_WIDTH * runs.length;
  return (
    <section class="card ov-table" aria-label="Probe samples">
      <div class="title">
        <b>Probe samples</b>
        <span class="mute">
          {filter.value === "all"
            ? plural(rows.length, "sample")
            : `${rows.length} of ${allRows.value.length} samples`}{" "}
          · score of the label over time, prediction at the scrubber
        </span>
      </div>
      <div class="ov-scroll">
        <div
          role="grid"
          aria-label="Predictions for probe samples"
          aria-rowcount={rows.length + 1}
          style={{ minWidth: `${minWidth}px` }}
          data-testid="probe-table"
        >
          <Head runs={runs} columns={columns} context={context} />
          <div
            ref={body}
            class="ov-body"
            role="rowgroup"
            style={{ height: `${rows.length * ROW_HEIGHT}px` }}
          >
            <RowPictures
              rows={rows.slice(first, last)}
              top={first * ROW_HEIGHT}
              left={PICTURE_WIDTH + NAME_WIDTH}
              width={chartWidth}
              context={context}
            />
            {rows.slice(first, last).map((row, i) => (
              <ProbeRow
                key={row.sample.hash}
                row={row}
                index={first + i}
                columns={columns}
                context={context}
              />
            ))}
          </div>
          {rows.length === 0 && (
            <p class="mute ov-none">No sample is {filter.value} at this moment.</p>
          )}
        </div>
      </div>
    </section>
  );
}

interface HeadProps {
  readonly runs: readonly string[];
  readonly columns: string;
  readonly context: PanelContext;
}

function Head({ runs, columns, context }: HeadProps) {
  return (
    <div class="ov-row ov-head" role="row" style={{ gridTemplateColumns: columns }}>
      <span role="columnheader" class="ov-stuck">
        sample
      </span>
      <span role="columnheader" class="ov-stuck" style={{ left: `${PICTURE_WIDTH}px` }}>
        label
      </span>
      <span role="columnheader">score of the label</span>
      {runs.map((run) => (
        <span key={run} role="columnheader" class="ov-run-name" title={run}>
          <span class="dot" style={{ background: context.runColour(run) }} />
          <RunName run={run} />
          <Since run={run} />
        </span>
      ))}
    </div>
  );
}

/** Says of what moment the run's predictions are, if that is not the scrubber's. */
function Since({ run }: { readonly run: string }) {
  const record = recordOf(allRows.value, run);
  const since = record && shownSince(record);
  return since ? <span class="ov-since num">at {since}</span> : null;
}
