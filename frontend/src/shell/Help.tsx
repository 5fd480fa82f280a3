/** The keys in force, as an overlay. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Command, commandsInForce, keymaps } from "../keys";
import { current } from "../panels/current";
import { forgetHabits } from "../view";
import { Toast } from "./Toast";

export const helpOpen = signal(false);

const KEY_NAMES: Readonly<Record<string, string>> = {
  " ": "space",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
};

type Told = Pick<Command, "key" | "label">;

/** Those of ui/pointed.ts. */
const CHART_KEYS: readonly Told[] = [
  { key: "← ↑ → ↓", label: "point; with Shift, further" },
  { key: "Enter", label: "pick; with Shift, hold for a drag that the next Enter ends" },
  { key: "+ −", label: "zoom, where the wheel does" },
  { key: "0", label: "show all again" },
  { key: "Escape", label: "point no longer" },
];

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (helpOpen.value) dialog.current?.showModal();
    else dialog.current?.close();
  }, [helpOpen.value]);
  const inForce = commandsInForce(keymaps.value);
  const close = () => {
    helpOpen.value = false;
  };
  return (
    <>
      <dialog ref={dialog} onClose={close} aria-label="Keys" data-testid="help-dialog">
        <div class="row">
          <h2>Keys</h2>
          <button type="button" onClick={close}>
            Close
          </button>
        </div>
        <div class="keys">
          <Keys title="Everywhere" keys={inForce.filter(({ everywhere }) => everywhere)} />
          <Keys title={current.value.title} keys={inForce.filter((each) => !each.everywhere)} />
          <Keys title="On a chart that Tab has reached" keys={CHART_KEYS} />
        </div>
        <p class="mute">
          The address holds all that you see: Copy link gives a colleague the same view. Colours,
          opacity and the like are remembered by this browser. What is underlined with dots says
          what it means.
        </p>
        <button type="button" data-testid="forget" onClick={forgetHabits}>
          Reset what is remembered
        </button>
      </dialog>
      <Toast />
    </>
  );
}

function Keys({ title, keys }: { readonly title: string; readonly keys: readonly Told[] }) {
  if (keys.length === 0) return null;
  return (
    <table>
      <caption>{title}</caption>
      <tbody>
        {keys.map(({ key, label }) => (
          <tr key={key}>
            <td>
              <kbd>{KEY_NAMES[key] ?? key}</kbd>
            </td>
            <td>{label}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
