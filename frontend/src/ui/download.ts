import type { Download } from "../types";

/** Hands `download` to the browser as a file. */
export function saveDownload({ name, blob }: Download): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
