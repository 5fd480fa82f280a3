/** The same samples at both ends; or why there are none. */
import type { ComponentType } from "preact";
import type { Space } from "../../attributions/settings";
import { hasMaps, lineup, pairs, sides, space } from "../model";
import { otherWords } from "../sides";
import { Absent, NoSamples } from "./Empty";
import { ImageGrid } from "./ImageGrid";
import { Rows } from "./Rows";
import { SeriesPair } from "./SeriesPair";
import { TablePair } from "./TablePair";
import { TextPair } from "./TextPair";

const SHOWN: Readonly<Record<Space, ComponentType>> = {
  image: ImageGrid,
  text: () => <Rows Content={TextPair} />,
  tabular: () => <Rows Content={TablePair} />,
  series: () => <Rows Content={SeriesPair} />,
};

const PredictionsAlone = () => <Rows Content={() => null} />;

export function Samples() {
  const Shown = hasMaps.value ? SHOWN[space.value] : PredictionsAlone;
  return (
    <>
      <Unmatched />
      <Others />
      {lineup.value.pairs.length === 0 ? <NoSamples /> : <Absent />}
      {lineup.value.pairs.length > 0 && pairs.value.length === 0 && (
        <p class="state mute" data-testid="compare-none">
          No prediction flipped between A and B: choose “all” under Samples.
        </p>
      )}
      {pairs.value.length > 0 && <Shown />}
    </>
  );
}

/** Where records of another moment, or maps of other layers, stand for an end. */
function Others() {
  const words = sides.value ? otherWords(sides.value.a, sides.value.b) : [];
  if (words.length === 0 || lineup.value.pairs.length === 0) return null;
  return (
    <p class="cmp-note mute" data-testid="compare-others">
      {words.join(" ")}
    </p>
  );
}

/** Samples that only one end has. */
function Unmatched() {
  const { pairs: both, onlyA, onlyB } = lineup.value;
  if (both.length === 0 || onlyA + onlyB === 0) return null;
  const words = [onlyA > 0 ? `${onlyA} only in A` : "", onlyB > 0 ? `${onlyB} only in B` : ""];
  return (
    <p class="cmp-note mute" data-testid="compare-unmatched">
      {both.length} samples are in both probes (their contents hash alike);{" "}
      {words.filter(Boolean).join(", ")}.
    </p>
  );
}
