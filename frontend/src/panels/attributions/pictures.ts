/** The probe's pictures as pixels, decoded when first asked for. */
import { signal } from "@preact/signals";
import type { Picture } from "../../maps/resample";
import type { Sample } from "../../samples";
import { LeastRecentlyUsed } from "./lru";

/** Larger pictures are scaled down when decoded: no tile shows more. */
const LONGEST_SIDE = 512; // pixels
const BOUND = 96 * 2 ** 20; // bytes

/** A picture; "pending" while it is decoded; null where it is not stored or not readable. */
export type PictureState = Picture | "pending" | null;

const decoded = new LeastRecentlyUsed<string, PictureState>(BOUND);

/** Counts finished batches, so that what waits for pictures is drawn again. */
export const picturesReady = signal(0);
let pending = 0;

/** Returns the pixels of the picture of a sample, or starts decoding it. */
export function pictureOf({ hash, picture: bytes }: Sample): PictureState {
  const known = decoded.get(hash);
  if (known !== undefined && known !== null) return known;
  if (known === null || !bytes) return null;
  decoded.set(hash, "pending", 0);
  pending++;
  void decodeInto(hash, bytes);
  return "pending";
}

async function decodeInto(hash: string, bytes: Uint8Array): Promise<void> {
  const picture = await decode(bytes).catch(() => null);
  decoded.set(hash, picture, picture ? picture.pixels.byteLength : 0);
  pending--;
  if (pending === 0) picturesReady.value++;
}

/** Returns the pixels of a PNG; its transparent parts become black. */
async function decode(bytes: Uint8Array): Promise<Picture> {
  const blob = new Blob([bytes.slice()], { type: "image/png" });
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none" });
  const shrink = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * shrink));
  const height = Math.max(1, Math.round(bitmap.height * shrink));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  if (!context) throw new Error("The browser gave no canvas to decode a picture with.");
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return { pixels: new Uint32Array(data.buffer), height, width };
}
