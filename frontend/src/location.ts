/**
 * The view's part of the URL that a person sees and copies.
 *
 * The page runs in an iframe of TensorBoard, of the same origin: the URL in the address bar
 * is the parent's. TensorBoard keeps `#<plugin>&p.<plugin>.<key>=<value>` through its own
 * navigation and leaves keys that are not its own as they are.
 */
import { tensorBoard } from "./host";

const PLUGIN = "tb_explain";
const PREFIX = `p.${PLUGIN}.`;
const LONE_SURROGATE = /\p{Surrogate}/gu;

export type Entries = ReadonlyMap<string, string>;

/** Whether `hash` opens this plugin's tab, or none by name. */
export function isOurs(hash: string): boolean {
  const opened = hash.replace(/^#/, "").split("&")[0];
  return opened === PLUGIN || opened === "" || opened.includes("=");
}

/** Returns our entries of a URL hash; what cannot be decoded is left out. */
export function readEntries(hash: string): Entries {
  const entries = new Map<string, string>();
  for (const part of hash.replace(/^#/, "").split("&")) {
    const [key, value, ...rest] = part.split("=");
    const name = decode(key);
    const content = value === undefined || rest.length > 0 ? null : decode(value);
    if (name?.startsWith(PREFIX) && content !== null) {
      entries.set(name.slice(PREFIX.length), content);
    }
  }
  return entries;
}

/** Returns `hash` with our entries replaced by `entries`, opening this plugin's tab. */
export function writeEntries(hash: string, entries: Entries): string {
  const others = hash
    .replace(/^#/, "")
    .split("&")
    .filter((part) => part.includes("=") && !decode(part.split("=")[0])?.startsWith(PREFIX));
  const ours = [...entries].map(([key, value]) => `${PREFIX}${encode(key)}=${encode(value)}`);
  return `#${[PLUGIN, ...others, ...ours].join("&")}`;
}

function encode(value: string): string {
  // A lone surrogate, as a cut run name may hold, would make encodeURIComponent throw.
  return encodeURIComponent(value.replace(LONE_SURROGATE, "\uFFFD"));
}

function decode(value: string): string | null {
  try {
    return decodeURIComponent(value);
  } catch {
    return null;
  }
}

/** Returns the window whose address bar a person sees: TensorBoard's, or ours without it. */
export function addressWindow(): Window {
  return tensorBoard() ?? window;
}
