/** Tabs with their question, and what can be taken away: link, PNG, CSV. */
import { signal } from "@preact/signals";
import { context } from "../context";
import { PANELS } from "../panels";
import { current, openPanel } from "../panels/current";
import { CopyButton } from "../ui/CopyButton";
import { saveDownload } from "../ui/download";
import { linkToView } from "../view";
import { detailOpen } from "./App";
import { helpOpen } from "./Help";
import { announce } from "./Toast";

const exporting = signal(false);

export function Header() {
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
        {current.value.png && <ExportButton label="PNG" make={current.value.png} />}
        {current.value.csv && <ExportButton label="CSV" make={current.value.csv} />}
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

type Make = NonNullable<(typeof PANELS)[number]["png"] | (typeof PANELS)[number]["csv"]>;

function ExportButton({ label, make }: { readonly label: string; readonly make: Make }) {
  const save = async () => {
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
      disabled={exporting.value}
      onClick={save}
    >
      {label}
    </button>
  );
}
