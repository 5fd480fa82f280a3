/** What the values of a sample add up from and to, as one line of arithmetic. */
import { BROKEN, SUSPECT, sumOf } from "./account";
import { numberWords } from "./names";
import type { Source } from "./sources";

export function SumLine({ source, hash }: { source: Source; hash: string }) {
  const { account, targetOutputs, probe } = source;
  const sum = sumOf(account, targetOutputs, probe.places.get(hash) ?? -1);
  if (!sum) return null;
  const holds = sum.error <= SUSPECT;
  const tone = holds || !account?.complete ? "" : sum.error > BROKEN ? "bad" : "warn";
  return (
    <p class="attr-sum" data-testid="attributions-sum">
      <Term name="output" value={sum.output} />
      <b class={tone}>{holds ? "=" : "≠"}</b>
      <Term name="base" value={sum.base} />
      <b>{sum.total < 0 ? "−" : "+"}</b>
      <Term name="sum" value={Math.abs(sum.total)} />
    </p>
  );
}

function Term({ name, value }: { name: string; value: number }) {
  return (
    <span>
      <small class="mute">{name}</small>
      <span class="num">{numberWords(value)}</span>
    </span>
  );
}
