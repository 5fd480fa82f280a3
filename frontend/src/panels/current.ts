/** Which panel is open. */
import { computed } from "@preact/signals";
import { view } from "../view";
import { PANELS } from ".";

/** The panel that the view names; the first one for a name that there is not. */
export const current = computed(
  () => PANELS.find(({ name }) => name === view.panel.value) ?? PANELS[0],
);

/** Opens the panel `name`; a name of no panel becomes the first one's. */
export function openPanel(name: string): void {
  view.panel.value = PANELS.some((panel) => panel.name === name) ? name : PANELS[0].name;
}
