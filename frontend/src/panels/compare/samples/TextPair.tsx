/** One text three times: as A, as B, and as the difference of each word shades it. */

import type { Scale } from "../../../maps/scale";
import { note } from "../../attributions/HoverNote";
import { inkOf } from "../../attributions/ink";
import { currentLook } from "../../attributions/look";
import { numberWords } from "../../attributions/names";
import { isAbsence } from "../../attributions/sources";
import { type Reading, readingOf } from "../../attributions/text/reading";
import { dark } from "../model";
import type { ContentProps } from "./Rows";

const MANNER = { merged: true, norms: false };

export function TextPair({ pair, of, scale, change }: ContentProps) {
  const { hash } = pair.sample;
  const [a, b] = [readingOf(of.a, hash, MANNER), readingOf(of.b, hash, MANNER)];
  const both = !isAbsence(a) && !isAbsence(b) && a.words.length === b.words.length;
  const values = both ? b.values.map((value, i) => value - a.values[i]) : null;
  return (
    <div class="cmp-texts">
      <b class="cmp-letter a">A</b>
      {isAbsence(a) ? <span>{a.reason}</span> : <Words reading={a} {...{ scale, all: [a, b] }} />}
      <b class="cmp-letter b">B</b>
      {isAbsence(b) ? <span>{b.reason}</span> : <Words reading={b} {...{ scale, all: [a, b] }} />}
      <span class="mute">B − A</span>
      {both && values ? (
        <Words reading={{ ...b, values }} scale={change} all={[a, b]} />
      ) : (
        <span class="mute">The words of A and B do not line up.</span>
      )}
    </div>
  );
}

interface Props {
  readonly reading: Reading;
  readonly scale: Scale;
  /** A and B, for the figures of a word. */
  readonly all: readonly (Reading | { readonly reason: string })[];
}

function Words({ reading, scale, all }: Props) {
  const shown = reading.words.slice(0, reading.words.length - reading.padding);
  const { diverging } = currentLook(dark.value);
  const tell = (event: PointerEvent) => {
    const place = (event.target as Element).closest<HTMLElement>("[data-word]");
    const index = Number(place?.dataset.word ?? -1);
    note.value = index < 0 ? null : noteOf(all, index, reading, event);
  };
  return (
    <span
      class="cmp-words"
      onPointerMove={tell}
      onPointerLeave={() => {
        note.value = null;
      }}
    >
      {shown.map((word, i) => {
        const value = reading.values[i];
        const share = scale.limit > 0 ? value / scale.limit : value;
        const ink = value === 0 ? null : inkOf(share, diverging, dark.value);
        return (
          <span
            key={word.start}
            class={word.joined ? "joined" : ""}
            data-word={i}
            data-value={value}
            style={ink ? { background: ink.background, color: ink.colour } : undefined}
          >
            {word.text}
          </span>
        );
      })}
    </span>
  );
}

function noteOf(all: Props["all"], index: number, { words, source }: Reading, at: PointerEvent) {
  const [a, b] = all.map((each) => ("values" in each ? each.values[index] : Number.NaN));
  const facts = [
    ["A", `${numberWords(a)} ${source.unit}`],
    ["B", `${numberWords(b)} ${source.unit}`],
    ["B − A", `${numberWords(b - a)} ${source.unit}`],
  ] as const;
  return { title: words[index].text, facts, clientX: at.clientX, clientY: at.clientY };
}
