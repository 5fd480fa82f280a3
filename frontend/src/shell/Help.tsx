/** The keys in force, as an overlay. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { commandsInForce, keymaps } from "../keys";
import { Toast } from "./Toast";

export const helpOpen = signal(false);

const KEY_NAMES: Readonly<Record<string, string>> = {
  " ": "space",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
};

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (helpOpen.value) dialog.current?.showModal();
    else dialog.current?.close();
  }, [helpOpen.value]);
  const close = () => {
    helpOpen.value = false;
  };
  return (
    <>
      <dialog ref={dialog} onClose={close} aria-label="Keys" data-testid="help-dialog">
        <h2>Keys</h2>
        <table>
          <tbody>
            {commandsInForce(keymaps.value).map(({ key, label }) => (
              <tr key={key}>
                <td>
                  <kbd>{KEY_NAMES[key] ?? key}</kbd>
                </td>
                <td>{label}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <p class="mute" style={{ margin: "12px 0" }}>
          The address holds all that you see: Copy link gives a colleague the same view.
        </p>
        <button type="button" onClick={close}>
          Close
        </button>
      </dialog>
      <Toast />
    </>
  );
}
