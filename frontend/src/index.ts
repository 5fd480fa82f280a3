/** Entry point: TensorBoard's plugin_entry.html imports this module and calls `render()`. */
import { effect } from "@preact/signals";
import { h, render as renderTree } from "preact";
import { fetchAround } from "./around";
import { tensorBoardFonts } from "./fonts";
import { keepFresh } from "./live";
import { addressWindow } from "./location";
import { openPanel } from "./panels/current";
import { fetchAhead, fetchOpened } from "./panels/fetching";
import { App } from "./shell/App";
import { keepPlaying } from "./shell/play";
import { loadWhatChanged, refresh } from "./state";
import { addStyle } from "./styles/add";
import baseStyle from "./styles/base.css";
import chartStyle from "./styles/chart.css";
import shellStyle from "./styles/shell.css";
import { followTheme } from "./theme";
import { pointByKeys } from "./ui/pointed";
import { mirrorToUrl, view } from "./view";

/** Draws the page into the document and keeps it fresh for as long as the document lives. */
export function render(): void {
  addStyle([tensorBoardFonts(), baseStyle, chartStyle, shellStyle].join("\n"));
  document.documentElement.lang = "en";
  document.title = "Explain";
  effect(() => openPanel(view.panel.value));
  fetchOpened();
  mirrorToUrl();
  followTheme();
  loadWhatChanged();
  fetchAround();
  fetchAhead();
  keepFresh();
  keepPlaying();
  pointByKeys(document);
  renderTree(h(App, {}), document.body);
  void refresh();
  takeFocus();
}

/** So that keys work at once; unless a person is typing into TensorBoard's own page. */
function takeFocus(): void {
  const outer = addressWindow().document;
  if (outer.activeElement === outer.body || outer.activeElement?.tagName === "IFRAME")
    window.focus();
}
