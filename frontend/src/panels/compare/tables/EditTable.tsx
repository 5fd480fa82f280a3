/** How the divergence that each cut costs differs between A and B, with its standard error. */
import { score } from "../../../format";
import { Segmented } from "../../../ui/Segmented";
import { inkOf } from "../../attributions/ink";
import { currentLook } from "../../attributions/look";
import { openEvidence } from "../changes/open";
import { dark, ends } from "../model";
import { listed } from "../settings";
import { Unmatched } from "./LayerTable";
import { lateWords } from "./layers";
import { editTables } from "./model";
import type { Cell, EditPair, UnitChange } from "./sensitivities";

export function chosenEdit(): EditPair | null {
  const all = editTables.value;
  return all.find(({ edit }) => edit === listed.edit.value) ?? all[0] ?? null;
}

export function EditTable() {
  const pair = chosenEdit();
  if (!pair || !ends.value) return <Nothing />;
  const { a, b } = pair;
  const estimated = [a, b].some(({ estimate }) => estimate !== null);
  const late = [lateWords("A", ends.value.a, a), lateWords("B", ends.value.b, b)];
  return (
    <article class="card">
      <div class="title">
        <b>Sensitivity</b>
        <span class="mute">
          change of KL divergence in nats, B − A ± its standard error; what changed most first
        </span>
      </div>
      {editTables.value.length > 1 && (
        <Segmented
          label="Edit"
          choices={editTables.value.map(({ edit }) => ({ value: edit, label: edit }))}
          value={pair.edit}
          testId="compare-edit"
          onChange={(value) => {
            listed.edit.value = value;
          }}
        />
      )}
      <Table pair={pair} />
      <p class="mute cmp-rule">
        {chanceWords(pair)} ≈: within 2 standard errors of no change, so that it can't be told from
        none. Red: costs more in B.{" "}
        {estimated ? "At least one end is an estimate, which has no standard error. " : ""}
        {late.join(" ")}
      </p>
      <Unmatched onlyA={pair.onlyA} onlyB={pair.onlyB} noun="unit" />
    </article>
  );
}

/** Of normal errors, the share of changes beyond 2 of them where nothing changed. */
const BY_CHANCE = 0.0455;

/** Many cells are looked at: some stand out by chance. */
function chanceWords({ units }: EditPair): string {
  const measured = units.flatMap(({ cells }) =>
    cells.filter((cell) => cell && !Number.isNaN(cell.error)),
  );
  if (measured.length === 0) return "";
  const distinct = measured.filter((cell) => cell && !cell.indistinct).length;
  const expected = Math.round(BY_CHANCE * measured.length);
  return `${distinct} of ${measured.length} changes are beyond 2 standard errors; about ${expected} would be by chance alone.`;
}

function Table({ pair }: { readonly pair: EditPair }) {
  const { levels, units } = pair;
  const peak = Math.max(...units.map(({ size }) => size)) || 1;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must reach it
    <section class="cmp-scroll" tabIndex={0} aria-label="Sensitivities">
      <table class="cmp-table cmp-cells" data-testid="compare-sensitivity">
        <thead>
          <tr>
            <th scope="col" class="text">
              unit
            </th>
            {levels.map((level) => (
              <th key={level} scope="col">
                {level}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {units.map((unit) => (
            <Row key={unit.unit} unit={unit} pair={pair} peak={peak} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface RowProps {
  readonly unit: UnitChange;
  readonly pair: EditPair;
  readonly peak: number;
}

function Row({ unit: { unit, cells }, pair, peak }: RowProps) {
  const { edit, levels, b } = pair;
  const open = () => {
    const run = ends.value?.b.run ?? "";
    const level = b.levelNames.indexOf(levels[levels.length - 1]);
    openEvidence({ at: "unit", edit, unit, level, run });
  };
  return (
    <tr data-unit={unit}>
      <th scope="row" class="text">
        <button type="button" class="plain clip" title="Open in Sensitivity" onClick={open}>
          {unit}
        </button>
      </th>
      {cells.map((cell, k) => (
        <Change key={levels[k]} cell={cell} peak={peak} />
      ))}
    </tr>
  );
}

function Change({ cell, peak }: { readonly cell: Cell | null; readonly peak: number }) {
  if (!cell) return <td class="mute">–</td>;
  const { before, after, change, error, indistinct } = cell;
  const title = `A ${score(before)}, B ${score(after)} nats`;
  const ink = indistinct
    ? null
    : inkOf(change / peak, currentLook(dark.value).diverging, dark.value);
  return (
    <td
      class={`num ${indistinct ? "mute" : ""}`}
      title={title}
      data-change={change}
      data-error={error}
      data-indistinct={indistinct}
      style={ink ? { background: ink.background, color: ink.colour } : undefined}
    >
      {indistinct ? "≈ " : ""}
      {change > 0 ? "+" : ""}
      {score(change)}
      {!Number.isNaN(error) && <small>± {score(error)}</small>}
    </td>
  );
}

function Nothing() {
  return (
    <div class="state" data-testid="compare-no-sensitivity">
      <h2>No sensitivities at both ends</h2>
      <p>Both must have been scanned for the same kind of edit. Add the monitor and train:</p>
      <pre>
        <code>Trainer(callbacks=SensitivityMonitor())</code>
      </pre>
    </div>
  );
}
