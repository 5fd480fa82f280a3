/** The tile in depth: large, in figures, and with what speaks for and against it. */
import type { PanelContext } from "../../types";
import { Belief } from "./Belief";
import { ColourBar } from "./ColourBar";
import { FactTable } from "./FactTable";
import { factsAt, mapFacts, momentFacts, type Tile, targetFacts, tileOf } from "./facts";
import { LargeTile } from "./LargeTile";
import { type Model, modelOf } from "./model";
import { Probability } from "./Probability";
import { SumLine } from "./SumLine";
import { sampleTitle } from "./samples";
import { drawn } from "./settings";
import { shownScale } from "./shownScale";
import { isAbsence } from "./sources";

export function TileDetail({ context }: { context: PanelContext }) {
  const model = modelOf(context);
  const track = model.track.value;
  const sample = model.sample.value;
  if (!sample) return <p class="mute">No sample is on record.</p>;
  if (!track) return <p class="mute">No map is on record for these settings.</p>;
  const index = model.tracks.value.indexOf(track);
  const moment = model.scrubbed.value[track.run];
  const [drawing, scaleName] = [drawn.drawing.value, drawn.scale.value];
  const tile = tileOf(model, index, moment, sample, drawing, scaleName);
  // What speaks for a map is about the map, also where its difference is drawn.
  const recorded = tileOf(model, index, moment, sample, "map", "shared");
  const scale = drawing === "input" ? null : shownScale(model);
  return (
    <div class="depth" data-testid="attributions-detail">
      <h3
        class="named two-lines"
        title={`Sample ${sampleTitle(sample)}`}
        data-testid="detail-title"
      >
        Sample {sampleTitle(sample)}
      </h3>
      <LargeTile context={context} model={model} tile={tile} track={index} moment={moment} />
      {scale && <ColourBar context={context} scale={scale} />}
      {!isAbsence(recorded.content) && (
        <SumLine source={recorded.content.source} hash={sample.hash} />
      )}
      <UnderCursor model={model} tile={tile} />
      <FactTable facts={[...momentFacts(tile), ...targetFacts(recorded)]} />
      <Probability context={context} model={model} sample={sample} />
      <Belief context={context} model={model} tile={recorded} moment={moment} />
      <h3>The map in numbers</h3>
      <FactTable facts={mapFacts(recorded)} />
      <Stored tile={recorded} />
    </div>
  );
}

/** Keeps its place when the pointer leaves, so that nothing below it moves. */
function UnderCursor({ model, tile }: { model: Model; tile: Tile }) {
  const hover = model.hover.value;
  const [first] = hover ? factsAt(hoveredTile(model) ?? tile, hover.x, hover.y) : [];
  return <FactTable facts={[["under cursor", first?.[1] ?? "–"]]} />;
}

function hoveredTile(model: Model): Tile | null {
  const hover = model.hover.value;
  if (!hover) return null;
  const { track, moment, sample } = hover;
  return tileOf(model, track, moment, sample, drawn.drawing.value, drawn.scale.value);
}

function Stored({ tile }: { tile: Tile }) {
  const probe = "source" in tile.content ? tile.content.source.probe : null;
  if (!probe) return null;
  const words = probe.samples.some(({ picture }) => picture)
    ? `input stored as ${probe.storeInputs}${probe.display ? `, shown ${probe.display}` : ""}`
    : "inputs are not stored in this run: the map is drawn alone";
  return <p class="why">{words}</p>;
}
