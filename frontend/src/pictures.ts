/** Pictures of samples, decoded once from their bytes; drawing waits for them by signal. */
import { signal } from "@preact/signals";

type Decoded = ImageBitmap | "failed" | "decoding";

const decoded = new WeakMap<Uint8Array, Decoded>();
/** Counts up whenever a picture has become ready: read it to redraw then. */
export const picturesReady = signal(0);
let announced = 0;

/** Returns the picture in `bytes` if it is decoded; otherwise starts decoding it. */
export function pictureOf(bytes: Uint8Array | null): ImageBitmap | null {
  if (!bytes) return null;
  const known = decoded.get(bytes);
  if (known === undefined) void decode(bytes);
  return known instanceof ImageBitmap ? known : null;
}

async function decode(bytes: Uint8Array): Promise<void> {
  decoded.set(bytes, "decoding");
  try {
    decoded.set(bytes, await createImageBitmap(new Blob([new Uint8Array(bytes)])));
  } catch {
    decoded.set(bytes, "failed");
  }
  announce();
}

/** Many pictures become ready together; one redraw serves them all. */
function announce(): void {
  cancelAnimationFrame(announced);
  announced = requestAnimationFrame(() => {
    picturesReady.value += 1;
  });
}

/** Draws `picture` as large as fits into a square; small ones with their pixels kept. */
export function drawFitted(
  to: CanvasRenderingContext2D,
  picture: ImageBitmap,
  x: number,
  y: number,
  side: number,
): void {
  const zoom = side / Math.max(picture.width, picture.height);
  const width = picture.width * zoom;
  const height = picture.height * zoom;
  to.imageSmoothingEnabled = zoom < 2;
  to.imageSmoothingQuality = "high";
  to.drawImage(picture, x + (side - width) / 2, y + (side - height) / 2, width, height);
}
