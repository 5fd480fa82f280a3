/** Can it be believed? What speaks for and against the map in depth, and what was measured of it. */
import type { PanelContext } from "../../types";
import { doubtsAbout, evidenceFor, flatWarning } from "./believe";
import type { Tile } from "./facts";
import type { Model } from "./model";
import { Quality } from "./quality/Quality";

interface Props {
  readonly context: PanelContext;
  readonly model: Model;
  /** What was recorded, whatever is drawn of it: its content is drawn as "map". */
  readonly tile: Tile;
  /** By index. */
  readonly moment: number;
}

export function Belief({ context, model, tile, moment }: Props) {
  const flat = flatWarning(tile);
  const evidence = evidenceFor(model, tile, moment);
  const missing = evidence.filter(({ recorded }) => !recorded).map(({ name }) => name);
  return (
    <>
      <h3>Can it be believed?</h3>
      {flat && (
        <p class="warn" role="note" data-testid="flat-warning">
          {flat}
        </p>
      )}
      {doubtsAbout(tile).map(({ level, words }) => (
        <p key={words} class={`doubt ${level}`} role="note" data-testid={`doubt-${level}`}>
          {words}
        </p>
      ))}
      <table class="facts evidence" data-testid="evidence">
        <tbody>
          {evidence
            .filter(({ recorded }) => recorded)
            .map(({ name, value, title, tone }) => (
              <tr key={name} title={title}>
                <th scope="row">{name}</th>
                <td class={tone} data-fact={name}>
                  {value}
                </td>
              </tr>
            ))}
        </tbody>
      </table>
      {missing.length > 0 && <p class="why">not recorded: {missing.join(", ")}</p>}
      <Quality context={context} model={model} tile={tile} moment={moment} />
    </>
  );
}
