/** TensorBoard's own Roboto for this document: the faces its page declares, with whole URLs. */
import { tensorBoard } from "./host";

/** Returns the CSS of the faces; empty where there is no TensorBoard around us. */
export function tensorBoardFonts(): string {
  try {
    return [...(tensorBoard()?.document.styleSheets ?? [])].flatMap(facesOf).join("\n");
  } catch {
    // A sheet of another origin, or no access to the parent: the system's font serves.
    return "";
  }
}

function facesOf(sheet: CSSStyleSheet): string[] {
  const base = sheet.href ?? sheet.ownerNode?.baseURI ?? document.baseURI;
  return [...sheet.cssRules]
    .map((rule) => rule.cssText)
    .filter((text) => /^@font-face\b[^}]*Roboto/.test(text))
    .map((text) => text.replace(/url\("([^"]*)"\)/g, (_, url) => `url("${new URL(url, base)}")`));
}
