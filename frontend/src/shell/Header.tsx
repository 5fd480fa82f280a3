/** Tabs with their question, and what can be taken away: link, PNG, CSV. */
import { signal } from "@preact/signals";
import { answers } from "../api";
import { context } from "../context";
import { PANELS } from "../panels";
import { current, openPanel } from "../panels/current";
import { currentParts } from "../panels/fetching";
import { catalog, loadEverything, series } from "../state";
import type { Download, PanelParts } from "../types";
import { CopyButton } from "../ui/CopyButton";
import { saveDownload } from "../ui/download";
import { linkToView } from "../view";
import { detailOpen } from "./App";
import { helpOpen } from "./Help";
import { readingCode } from "./reading-code";
import { announce } from "./Toast";

const exporting = signal(false);

export function Header() {
  const parts = currentParts.value;
  return (
    <header class="head">
      <h1 class="brand">Explain</h1>
      <Tabs />
      <span class="question clip" title={current.value.question} data-testid="question">
        {current.value.question}
      </span>
      <div class="actions">
        <button
          type="button"
          class="fold"
          aria-expanded={detailOpen.value}
          data-testid="toggle-detail"
          onClick={() => {
            detailOpen.value = !detailOpen.value;
          }}
        >
          Detail
        </button>
        <CopyButton label="Copy link" testId="copy-link" text={linkToView} />
        <CopyButton
          label="Copy code"
          title="The Python that reads the records on screen"
          testId="copy-code"
          text={codeOfView}
        />
        {(!parts || parts.png) && <ExportButton label="PNG" make={parts?.png} />}
        {(!parts || parts.csv) && <ExportButton label="CSV" make={parts?.csv && wholeCsv} />}
        <button
          type="button"
          aria-label="Help"
          data-testid="help"
          onClick={() => {
            helpOpen.value = true;
          }}
        >
          ?
        </button>
      </div>
    </header>
  );
}

/** The code that reads what the panel shows at the scrubber's moment. */
function codeOfView(): string {
  const shown = series.value.filter(({ kind }) => current.value.needs.includes(kind));
  const logdir = answers().live ? "lightning_logs" : (catalog.value?.experiment ?? "");
  const places =
    currentParts.value?.places?.(context) ??
    context.runs.value.map((run) => ({ run, step: context.stepIn(run) }));
  return readingCode(logdir, shown, places);
}

function Tabs() {
  const move = (event: KeyboardEvent) => {
    const offset = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!offset) return;
    event.preventDefault();
    const index = PANELS.indexOf(current.value) + offset + PANELS.length;
    openPanel(PANELS[index % PANELS.length].name);
    const tabs = (event.currentTarget as HTMLElement).children;
    (tabs[index % PANELS.length] as HTMLElement).focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Panels" onKeyDown={move}>
      {PANELS.map((panel, index) => {
        const selected = panel === current.value;
        return (
          <button
            type="button"
            key={panel.name}
            class="tab"
            role="tab"
            aria-selected={selected}
            aria-controls="panel"
            tabIndex={selected ? 0 : -1}
            title={`${panel.question} (${index + 1})`}
            data-testid={`tab-${panel.name}`}
            onClick={() => openPanel(panel.name)}
          >
            {panel.title}
          </button>
        );
      })}
    </div>
  );
}

/** A table leaves nothing out that merely was not loaded yet. */
async function wholeCsv(): Promise<Download | null> {
  await loadEverything();
  return currentParts.peek()?.csv?.(context) ?? null;
}

interface ExportProps {
  readonly label: string;
  /** Undefined while the panel's code is on its way. */
  readonly make: PanelParts["png"];
}

function ExportButton({ label, make }: ExportProps) {
  const save = async () => {
    if (!make) return;
    exporting.value = true;
    try {
      const download = await make(context);
      if (download) saveDownload(download);
      else announce(`There is nothing to put into a ${label} yet.`);
    } catch (error) {
      announce(`The ${label} could not be made: ${(error as Error).message}`);
    } finally {
      exporting.value = false;
    }
  };
  return (
    <button
      type="button"
      aria-label={`Download ${label}`}
      data-testid={`download-${label.toLowerCase()}`}
      disabled={exporting.value || !make}
      onClick={save}
    >
      {label}
    </button>
  );
}
