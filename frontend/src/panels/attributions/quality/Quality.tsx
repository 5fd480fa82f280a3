/** What was measured of the method in depth: what failed, in words, and every figure. */
import { epochWords } from "../../../moments";
import type { PanelContext } from "../../../types";
import type { Tile } from "../facts";
import { view } from "../global/settings";
import type { Model } from "../model";
import { betterWords, meanWords } from "./figures";
import { beatsChance, controlOf, type Measured, meanOf, measuredAt } from "./measured";

interface Props {
  readonly context: PanelContext;
  readonly model: Model;
  readonly tile: Tile;
  /** By index. */
  readonly moment: number;
}

export function Quality({ context, model, tile }: Props) {
  const measured = measuredAt(context, tile.run.run);
  const m = measured?.methods.findIndex(({ name }) => name === tile.track.method) ?? -1;
  if (!measured || m < 0) {
    return (
      <p class="why">
        not recorded: deletion and insertion, randomisation check ·{" "}
        <MoreButton words="how to record them" />
      </p>
    );
  }
  const other = measured.target !== model.target.value;
  return (
    <div data-testid="quality">
      {measured.verdicts
        .filter(({ method, measure }) => method === tile.track.method && measure !== "completeness")
        .map(({ measure, level, message }) => (
          <p key={measure} class={`doubt ${level}`} role="note" data-testid={`doubt-${level}`}>
            {message}
          </p>
        ))}
      <Figures measured={measured} m={m} />
      <p class="why">
        means over samples, {epochWords(measured.epoch)}
        {other ? `, of target ${measured.target}` : ""} · <MoreButton words="all methods" />
      </p>
    </div>
  );
}

function MoreButton({ words }: { readonly words: string }) {
  return (
    <button
      type="button"
      class="plain att-link"
      onClick={() => {
        view.value = "trust";
      }}
    >
      {words}
    </button>
  );
}

/** Completeness is told of each sample, above. */
function Figures({ measured, m }: { readonly measured: Measured; readonly m: number }) {
  return (
    <table class="facts evidence">
      <tbody>
        {measured.measures.map(({ name, label, unit, better, source }, s) => {
          const own = meanOf(measured, m, s);
          if (!own || name === "completeness") return null;
          const control = controlOf(measured, s);
          const beats = beatsChance(better, own, control);
          const tone = beats === null ? "" : beats ? "good" : "bad";
          return (
            <tr key={name} title={[label, betterWords(better), source].filter(Boolean).join("; ")}>
              <th scope="row">
                {label}
                {control && <span class="mute"> (random {meanWords(control, unit)})</span>}
              </th>
              <td class={tone} data-fact={name}>
                {meanWords(own, unit)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
