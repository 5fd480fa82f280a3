/**
 * Text of byte-level tokens, as GPT-2's tokenizer and its kin write them.
 *
 * They spell each byte of UTF-8 as one character: those that print in Latin-1 as themselves, the
 * others, in order, from U+0100 on. Radford et al. 2019, `bytes_to_unicode`.
 */
const BYTES = new Map<string, number>();

for (let byte = 0, hidden = 0; byte < 256; byte++) {
  const prints = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  BYTES.set(String.fromCharCode(prints ? byte : 256 + hidden++), byte);
}

/** Returns what `token` spells; as it is where that is no text by itself, as a part of a letter is. */
export function fromBytes(token: string): string {
  const bytes = [...token].map((letter) => BYTES.get(letter));
  if (bytes.includes(undefined)) return token;
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    return decoder.decode(Uint8Array.from(bytes as number[]));
  } catch {
    return token;
  }
}
