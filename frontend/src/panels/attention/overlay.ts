/** Maps over a sample's picture, drawn as Attributions draws them. */
import { pack } from "../../maps/colormaps";
import type { ValueMap } from "../../maps/dequantise";
import type { Sample } from "../../samples";
import { pictureOf } from "../attributions/pictures";
import { type Look, renderMap, renderPicture, type Size } from "../attributions/render";

const GROUND = { light: pack([228, 231, 235]), dark: pack([46, 49, 54]) };

/** Returns the pixels of `map` over the picture of `sample`, alone where there is none. */
export function overlayPixels(
  map: ValueMap,
  sample: Sample,
  limit: number,
  opacity: number,
  size: Size,
  dark: boolean,
): Uint32Array {
  const picture = pictureOf(sample);
  const behind = picture && picture !== "pending" ? renderPicture(picture, size) : null;
  const look: Look = {
    solid: behind === null,
    opacity,
    threshold: 0,
    smoothing: 0,
    levels: 0,
    sequential: "inferno",
    diverging: "vik",
    ground: dark ? GROUND.dark : GROUND.light,
  };
  return renderMap(map, behind, { limit, signed: false }, look, size);
}
