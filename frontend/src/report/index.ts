/** Entry point of a report: the page of TensorBoard's tab, with its answers in the same file. */
import "./answering"; // first: modules of the page ask at once where they are
import { render } from "..";
import { answers } from "../api";
import { PANELS } from "../panels";
import { view } from "../view";
import { firstToDraw } from "./opening";

void start();

async function start(): Promise<void> {
  const { title } = document;
  if (location.hash === "") view.panel.value = (await panelToOpen()) ?? view.panel.value;
  render();
  document.title = title;
}

/** A report without what the first panel draws would open on advice that comes too late. */
async function panelToOpen(): Promise<string | null> {
  try {
    const catalog = await answers().catalog(null, new AbortController().signal);
    return catalog && firstToDraw(PANELS, catalog.value);
  } catch {
    return null; // the page asks again, and says what is wrong
  }
}
