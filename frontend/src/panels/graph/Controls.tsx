/** Which model, what colours its parts, and how it is shown. */
import type { Group } from "../../glossary/define";
import { useKeys } from "../../keys";
import type { PanelContext } from "../../types";
import { Segmented } from "../../ui/Segmented";
import { Select } from "../../ui/Select";
import { Term } from "../../ui/Term";
import { plain } from "../attributions/bind";
import type { What } from "../layers/tables";
import { type Model, modelOf, revealNode, unfoldAll } from "./model";
import { chosen, type View } from "./settings";

const VIEWS: readonly { value: View; label: string; title: string }[] = [
  { value: "drawing", label: "drawing", title: "Nested boxes and what flows between them" },
  { value: "table", label: "table", title: "Every part, costliest first" },
];

export function Controls({ context }: { readonly context: PanelContext }) {
  const model = modelOf(context);
  useKeys([
    { key: "t", label: "drawing or table", run: switchView },
    { key: "n", label: "next found part", run: () => nextFound(model) },
  ]);
  return (
    <div class="controls" data-testid="graph-controls">
      {model.runs.value.length > 1 && (
        <>
          <h3>Model</h3>
          <Select
            label="of run"
            choices={plain(model.runs.value)}
            value={model.run.value ?? ""}
            testId="graph-run"
            onChange={(run) => {
              chosen.run.value = run;
            }}
          />
        </>
      )}
      <h3>Find</h3>
      <Search model={model} />
      <h3>View</h3>
      <Segmented
        label="View of the model"
        choices={VIEWS}
        value={chosen.view.value}
        testId="graph-view"
        onChange={(view) => {
          chosen.view.value = view;
        }}
      />
      <h3>{chosen.view.value === "table" ? "Sort" : "Colour"}</h3>
      <div class="with-term">
        <Select
          label="by"
          choices={model.measures.value.map(({ name, title }) => ({ value: name, label: title }))}
          value={model.measure.value.name}
          testId="graph-measure"
          onChange={(name) => {
            chosen.measure.value = name;
          }}
        />
        <Term {...termOf(model.measure.value.name)} label="?" />
      </div>
      {chosen.view.value === "drawing" && <Folding model={model} />}
    </div>
  );
}

/** Where a measure is defined: "macs", or "weights:norm". */
function termOf(measure: string): { group: Group; name: string } {
  const [what, name] = measure.split(":");
  return name === undefined ? { group: "graph", name: what } : { group: what as What, name };
}

function switchView(): void {
  chosen.view.value = chosen.view.peek() === "table" ? "drawing" : "table";
}

function Search({ model }: { readonly model: Model }) {
  const { size } = model.found.value;
  return (
    <>
      <input
        type="search"
        placeholder="Name or type"
        aria-label="Find parts by name or type"
        value={chosen.search.value}
        data-testid="graph-search"
        onInput={(event) => {
          chosen.search.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") nextFound(model);
        }}
      />
      {chosen.search.value.trim() !== "" && (
        <p class="row gr-found" aria-live="polite">
          <span class="mute">{size} found</span>
          <button
            type="button"
            class="plain"
            disabled={size === 0}
            onClick={() => nextFound(model)}
          >
            next
          </button>
        </p>
      )}
    </>
  );
}

/** Shows the found part after the one in depth. */
function nextFound(model: Model): void {
  const found = [...model.found.peek()];
  const index = found.indexOf(model.node.peek()?.id ?? "");
  const target = found[(index + 1) % found.length];
  if (target !== undefined) revealNode(model, target);
}

function Folding({ model }: { readonly model: Model }) {
  return (
    <>
      <h3>Modules</h3>
      <div class="gr-buttons">
        <button type="button" data-testid="graph-fold" onClick={() => unfoldAll(model, false)}>
          fold all
        </button>
        <button type="button" data-testid="graph-unfold" onClick={() => unfoldAll(model, true)}>
          unfold all
        </button>
        <button
          type="button"
          data-testid="graph-refold"
          disabled={chosen.open.value === null}
          onClick={() => {
            chosen.open.value = null;
          }}
        >
          as fits
        </button>
      </div>
    </>
  );
}
