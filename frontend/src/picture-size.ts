/** What a picture says of its size, read from its first bytes: decoding takes memory for all of it. */

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const FOURTEEN_BITS = 0x3fff;

/** Returns how many pixels the PNG or WebP in `bytes` declares; null where it is neither. */
export function pixelsOf(bytes: Uint8Array): number | null {
  if (bytes.length >= 24 && PNG.every((byte, at) => bytes[at] === byte)) return ofPng(bytes);
  const webp = bytes.length >= 30 && text(bytes, 0) === "RIFF" && text(bytes, 8) === "WEBP";
  return webp ? ofWebp(bytes) : null;
}

function ofPng(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  return view.getUint32(16) * view.getUint32(20);
}

function ofWebp(bytes: Uint8Array): number | null {
  const view = viewOf(bytes);
  const format = text(bytes, 12);
  if (format === "VP8X") {
    const size = (at: number) => 1 + view.getUint16(at, true) + bytes[at + 2] * 2 ** 16;
    return size(24) * size(27);
  }
  if (format === "VP8L") {
    const bits = view.getUint32(21, true);
    return (1 + (bits & FOURTEEN_BITS)) * (1 + ((bits >>> 14) & FOURTEEN_BITS));
  }
  if (format !== "VP8 ") return null;
  const side = (at: number) => view.getUint16(at, true) & FOURTEEN_BITS;
  return side(26) * side(28);
}

function text(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
