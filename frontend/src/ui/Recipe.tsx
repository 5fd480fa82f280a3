/** Code to take along, and the button that copies it. */
import { CopyButton } from "./CopyButton";

export function Recipe({ code, testId }: { readonly code: string; readonly testId: string }) {
  return (
    <div class="recipe">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must reach it */}
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
      <CopyButton label="Copy" testId={testId} text={() => code} />
    </div>
  );
}
