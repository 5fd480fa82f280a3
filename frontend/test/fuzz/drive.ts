/** Shows the real page's parts one log after the other, without a server. */
import { answerFrom, type Catalog } from "../../src/api";

let frame = new ArrayBuffer(0);
let listed: Catalog | null = null;

answerFrom({
  live: false,
  async catalog() {
    return listed && { value: listed, etag: null };
  },
  async panel() {
    return frame.slice(0);
  },
  async plan() {
    throw new Error("no plans here");
  },
});

/** What the page is to show next. */
export function answer(next: ArrayBuffer, catalog: Catalog): void {
  frame = next;
  listed = catalog;
}
