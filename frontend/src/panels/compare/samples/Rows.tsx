/** A card per sample across the whole width: of texts, tables and series. */
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { context } from "../../../context";
import { ownScale, type Scale } from "../../../maps/scale";
import { view } from "../../../view";
import { useNear } from "../../attributions/near";
import { sampleTitle } from "../../attributions/samples";
import { measuresOf } from "../measures";
import { pair as inDepth, pairs } from "../model";
import type { Pair } from "../pairs";
import { type Pictured, peakOfBoth } from "./contents";
import { Legend } from "./Legend";
import { Figures, Predicted } from "./Predicted";
import { picturedNow } from "./pictured";

/** What draws the values of one sample at both ends. */
export interface ContentProps {
  readonly pair: Pair;
  readonly of: Pictured;
  /** Of the maps, and of their difference. */
  readonly scale: Scale;
  readonly change: Scale;
}

interface Props {
  readonly Content: ComponentType<ContentProps>;
}

export function Rows({ Content }: Props) {
  const pictured = picturedNow();
  return (
    <>
      <div class="cmp-rows" data-testid="compare-rows">
        {pairs.value.map((pair) => (
          <Row key={pair.sample.hash} pair={pair} of={pictured} Content={Content} />
        ))}
      </div>
      {pictured && <Legend of={pictured} />}
    </>
  );
}

interface RowProps extends Props {
  readonly pair: Pair;
  readonly of: Pictured | null;
}

function Row({ pair, of, Content }: RowProps) {
  const host = useRef<HTMLElement>(null);
  const near = useNear(host);
  const { sample } = pair;
  const on = inDepth.value?.sample.hash === sample.hash;
  const wanted = view.sample.value === sample.hash;
  useEffect(() => {
    if (wanted) host.current?.scrollIntoView({ block: "nearest" });
  }, [wanted]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: its title is a button for the keyboard
    <article
      ref={host}
      class={`card cmp-row ${on ? "on" : ""}`}
      data-testid="compare-sample"
      data-sample={sample.hash}
      data-flipped={pair.flipped === true}
      onClick={() => {
        context.sample.value = sample.hash;
      }}
    >
      <div class="cmp-head">
        <button type="button" class="plain clip" aria-pressed={on}>
          {sampleTitle(sample)}
        </button>
        {pair.flipped && <span class="badge alarm">flipped</span>}
        <Predicted pair={pair} />
        <Figures pair={pair} />
      </div>
      {of && !near && <div class="cmp-unseen" />}
      {of && near && <Content pair={pair} of={of} {...scalesOf(of, pair)} />}
    </article>
  );
}

function scalesOf({ a, b, limits, shared, sharedChange }: Pictured, { sample }: Pair) {
  const signed = a.signed || b.signed;
  const all = { limit: limits.maps, signed };
  const differences = { limit: limits.difference, signed: true };
  const largest = measuresOf(a, b, sample.hash).difference;
  return {
    scale: shared ? all : ownScale(peakOfBoth(a, b, sample), all),
    change: sharedChange ? differences : ownScale(largest, differences),
  };
}
