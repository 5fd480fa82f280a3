/** Says where the shown methods contradict one another about the sample. */
import type { Track } from "../model";
import { type Absence, isAbsence } from "../sources";
import { comparisons } from "./disagree";
import type { Reading } from "./readings";

const MOST_METHODS = 4; // beyond, pairs are more than anybody reads: the agreement matrix tells

interface Props {
  readonly entries: readonly { readonly track: Track; readonly reading: Reading | Absence }[];
}

export function Comparisons({ entries }: Props) {
  const found = entries.flatMap(({ track, reading }) =>
    isAbsence(reading) ? [] : [{ title: track.title, reading }],
  );
  if (found.length < 2) return null;
  if (found.length > MOST_METHODS) {
    return <p class="mute">The view “trust” tells how well so many methods agree.</p>;
  }
  const names = found[0].reading.table.features.map(({ name }) => name);
  const opinions = found.map(({ title, reading: { source, values } }) => {
    return { title, signed: source.signed, values };
  });
  return (
    <ul class="att-agree" data-testid="tabular-agreement">
      {comparisons(opinions, names).map(({ agree, words }) => (
        <li key={words} class={agree ? "mute" : "disagree"}>
          {words}
        </li>
      ))}
    </ul>
  );
}
