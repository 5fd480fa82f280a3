/** Keyboard commands: a stack of keymaps in which the last one that knows a key acts. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

export interface Command {
  /** `KeyboardEvent.key`, such as "ArrowLeft", " " or "o". */
  readonly key: string;
  /** What it does, for the help. */
  readonly label: string;
  /** Whether it is there in every panel. */
  readonly everywhere?: boolean;
  run(): void;
}

export type Keymap = readonly Command[];

export const keymaps = signal<readonly Keymap[]>([]);

/** Returns the command for `key`: the last keymap's that has one. */
export function findCommand(maps: readonly Keymap[], key: string): Command | undefined {
  return maps.map((map) => map.find((command) => command.key === key)).findLast(Boolean);
}

/** Returns the commands in force, one per key, in the order of the keymaps. */
export function commandsInForce(maps: readonly Keymap[]): Command[] {
  const keys = [...new Set(maps.flat().map((command) => command.key))];
  return keys.flatMap((key) => findCommand(maps, key) ?? []);
}

/**
 * Adds `keymap` while the calling component is on screen.
 *
 * Its commands read signals when they run; what they close over is of the first render.
 */
export function useKeys(keymap: Keymap): void {
  useEffect(() => {
    keymaps.value = [...keymaps.peek(), keymap];
    return () => {
      keymaps.value = keymaps.peek().filter((entry) => entry !== keymap);
    };
  }, []);
}

/** Runs the command of `event`, unless the focused control needs the key itself. */
export function dispatchKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (needsKey(event.target, event.key)) return;
  const command = findCommand(keymaps.peek(), event.key);
  if (!command) return;
  event.preventDefault();
  command.run();
}

function needsKey(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("dialog")) return key !== "?";
  if (target.closest("input:not([type=checkbox],[type=radio],[type=range]),textarea,select")) {
    return true;
  }
  if (target.closest("input[type=range],input[type=radio],[role=slider],[role=tablist]")) {
    return key.startsWith("Arrow") || key === "Home" || key === "End" || key === " ";
  }
  return key === " " && target.closest("button,a,summary,input,[role=button]") !== null;
}
