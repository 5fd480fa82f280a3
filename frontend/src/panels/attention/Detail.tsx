/** The sample in depth: where each run reads from in all, and what the selected token reads. */
import { epochWords } from "../../moments";
import type { PanelContext } from "../../types";
import { RunName } from "../../ui/RunName";
import { sampleTitle } from "../attributions/samples";
import { chosenMap } from "./ink";
import { type Model, modelOf } from "./model";
import { Reading } from "./Reading";
import { isAbsence, type Shown } from "./records";
import { tokenLabels } from "./tokens";
import { rowOf, topKeys } from "./weights";
import { CAVEAT, headName, rolloutWords, weightWords } from "./words";

const TOP = 6; // keys listed for the selected token

export function Detail({ context }: { readonly context: PanelContext }) {
  const model = modelOf(context);
  const sample = model.sample.value;
  if (!sample) return <p class="mute">No sample is on record.</p>;
  const shown = model.shown.value.filter((each): each is Shown => !isAbsence(each));
  const title = `Sample ${sampleTitle(sample)}`;
  return (
    <div class="at-depth" data-testid="attention-detail">
      <h3 class="named two-lines" title={title} data-testid="detail-title">
        {title}
      </h3>
      <h3>Through all layers</h3>
      {shown.map((each) => (
        <section key={each.run}>
          <RunTitle shown={each} context={context} />
          <Reading name="rollout" shown={each} sample={sample} context={context} />
          <Reading name="relevance" shown={each} sample={sample} context={context} />
        </section>
      ))}
      {shown.length > 0 && (
        <p class="mute at-caveat" role="note" data-testid="attention-caveat">
          {CAVEAT} Rollout is {rolloutWords(shown[0].record)}.
        </p>
      )}
      <h3>The selected token reads</h3>
      {shown.map((each) => (
        <TopKeys key={each.run} model={model} shown={each} context={context} />
      ))}
    </div>
  );
}

interface Props {
  readonly shown: Shown;
  readonly context: PanelContext;
}

function RunTitle({ shown, context }: Props) {
  return (
    <div class="row">
      <span class="at-name">
        <span class="dot" style={{ background: context.runColour(shown.run) }} />
        <RunName run={shown.run} />
      </span>
      <small class="mute num">{epochWords(shown.record.epoch)}</small>
    </div>
  );
}

function TopKeys({ model, shown, context }: Props & { readonly model: Model }) {
  const map = chosenMap(model, shown);
  const head = model.head.value;
  const query = model.query.value;
  if (!map || !head || query >= map.height) return null;
  const row = rowOf(map, query);
  const keys = topKeys(row, TOP);
  const labels = tokenLabels(shown);
  return (
    <section>
      <RunTitle shown={shown} context={context} />
      <table class="at-bars" data-testid="attention-top">
        <caption class="mute clip">
          {labels[query]} · {headName(head.layer, head.head)}
        </caption>
        <tbody>
          {keys.map((key) => (
            <tr key={key}>
              <th scope="row" class="clip" title={labels[key]}>
                {labels[key] ?? key}
              </th>
              <td>
                <span
                  class="bar"
                  style={{
                    width: `${(100 * row[key]) / row[keys[0]]}%`,
                    background: context.runColour(shown.run),
                  }}
                />
              </td>
              <td class="num">{weightWords(row[key])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
