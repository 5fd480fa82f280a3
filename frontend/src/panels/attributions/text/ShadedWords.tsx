/** Words of a sample on grounds that show their values; figures where the pointer is. */
import type { Scale } from "../../../maps/scale";
import type { PanelContext } from "../../../types";
import { note } from "../HoverNote";
import { inkOf } from "../ink";
import { currentLook } from "../look";
import { numberWords } from "../names";
import { type Reading, shareOf } from "./reading";
import type { Word } from "./words";

interface Props {
  readonly context: PanelContext;
  readonly reading: Reading;
  readonly scale: Scale;
  /** Which words: from `first` up to before `end`. */
  readonly first: number;
  readonly end: number;
  /** Who reads, for the note: "clean, epoch 3". */
  readonly who: string;
}

export function ShadedWords({ context, reading, scale, first, end, who }: Props) {
  const { words, padding } = reading;
  const stop = Math.min(end, words.length - padding);
  const onMove = (event: PointerEvent) => {
    const place = (event.target as Element).closest<HTMLElement>("[data-word]");
    const index = Number(place?.dataset.word ?? -1);
    note.value = index < 0 ? null : noteOf(reading, index, who, event);
  };
  return (
    <span
      class="attr-words"
      onPointerMove={onMove}
      onPointerLeave={() => {
        note.value = null;
      }}
    >
      {first > 0 && <i class="attr-more">…</i>}
      {words.slice(first, stop).map((word, i) => (
        <OneWord
          key={word.start}
          {...{ context, word, scale }}
          index={first + i}
          value={reading.values[first + i]}
        />
      ))}
      {stop < words.length - padding && <i class="attr-more">…</i>}
      {end >= words.length && padding > 0 && (
        <i class="attr-more" title="fills the batch; never left out, never attributed to">
          {padding} × {words[words.length - 1].text}
        </i>
      )}
    </span>
  );
}

interface ShadedProps {
  readonly context: PanelContext;
  readonly word: Word;
  readonly index: number;
  readonly value: number;
  readonly scale: Scale;
}

function OneWord({ context, word, index, value, scale }: ShadedProps) {
  const dark = context.dark.value;
  const share = scale.limit > 0 ? value / scale.limit : value === 0 ? 0 : value;
  const ink = inkOf(share, currentLook(dark).diverging, dark);
  const quiet = word.special && value === 0;
  const names = ["attr-word", word.joined && "joined", quiet && "quiet", !ink && "broken"];
  return (
    <span
      class={names.filter(Boolean).join(" ")}
      data-word={index}
      data-value={value}
      style={ink && value !== 0 ? { background: ink.background, color: ink.colour } : undefined}
    >
      {word.text}
    </span>
  );
}

function noteOf(reading: Reading, index: number, who: string, at: PointerEvent) {
  const { words, values, source } = reading;
  const { raw, start, end } = words[index];
  const share = shareOf(reading, index);
  const tokens = end - start > 1 ? `tokens ${start} to ${end - 1}` : `token ${start}`;
  return {
    title: words[index].text,
    facts: [
      ["value", `${numberWords(values[index])} ${source.unit}`],
      ["share of all |values|", Number.isNaN(share) ? "–" : `${(100 * share).toFixed(1)} %`],
      [tokens, raw],
      ["by", `${source.title}, ${who}`],
    ],
    clientX: at.clientX,
    clientY: at.clientY,
  } as const;
}
