/** The keys that work in every panel. */
import { useEffect } from "preact/hooks";
import { moveMoment, moveSample, samples } from "../context";
import { dispatchKey, type Keymap, useKeys } from "../keys";
import { PANELS } from "../panels";
import { openPanel } from "../panels/current";
import { helpOpen } from "./Help";
import { togglePlay } from "./play";

const order = () => samples.peek().map(({ hash }) => hash);

const SHELL_KEYS: Keymap = [
  { key: "ArrowLeft", label: "previous moment", run: () => moveMoment(-1) },
  { key: "ArrowRight", label: "next moment", run: () => moveMoment(1) },
  { key: "ArrowUp", label: "previous sample", run: () => moveSample(-1, order()) },
  { key: "ArrowDown", label: "next sample", run: () => moveSample(1, order()) },
  { key: " ", label: "play or pause", run: togglePlay },
  ...PANELS.map(({ name, title }, index) => ({
    key: `${index + 1}`,
    label: `panel ${title}`,
    run: () => openPanel(name),
  })),
  {
    key: "?",
    label: "this help",
    run: () => {
      helpOpen.value = !helpOpen.peek();
    },
  },
].map((command) => ({ ...command, everywhere: true }));

export function useShellKeys(): void {
  useKeys(SHELL_KEYS);
  useEffect(() => {
    document.addEventListener("keydown", dispatchKey);
    return () => document.removeEventListener("keydown", dispatchKey);
  }, []);
}
