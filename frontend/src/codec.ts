/** Turns values of the view into the text of a URL and back. */
export interface Codec<T> {
  encode(value: T): string;
  /** Returns undefined where `text` stands for no such value. */
  decode(text: string): T | undefined;
}

export const text: Codec<string> = { encode: (value) => value, decode: (value) => value };

export const number: Codec<number> = {
  encode: String,
  decode(value) {
    const parsed = Number(value);
    return value.trim() !== "" && Number.isFinite(parsed) ? parsed : undefined;
  },
};

export const flag: Codec<boolean> = {
  encode: (value) => (value ? "1" : "0"),
  decode: (value) => ({ 1: true, 0: false })[value],
};

/** One of `choices`. */
export function choice<T extends string>(choices: readonly T[]): Codec<T> {
  return {
    encode: (value) => value,
    decode: (value) => choices.find((entry) => entry === value),
  };
}

/** Texts joined by commas; in the texts `~` is written `~0`, `,` is `~1`, and "" is `~2`. */
export const texts: Codec<readonly string[]> = {
  encode: (values) => values.map(escapeEntry).join(","),
  decode: (value) => (value === "" ? [] : value.split(",").map(unescapeEntry)),
};

function escapeEntry(entry: string): string {
  return entry === "" ? "~2" : entry.replaceAll("~", "~0").replaceAll(",", "~1");
}

function unescapeEntry(entry: string): string {
  return entry === "~2" ? "" : entry.replaceAll("~1", ",").replaceAll("~0", "~");
}

/** `null` has no text: a setting that is null is left out of the URL. */
export function optional<T>(codec: Codec<T>): Codec<T | null> {
  return {
    encode: (value) => (value === null ? "" : codec.encode(value)),
    decode: (value) => codec.decode(value),
  };
}
