/** Copies a text and says so. */
import { useState } from "preact/hooks";
import { copyText } from "./clipboard";

interface Props {
  readonly label: string;
  readonly title?: string;
  readonly testId?: string;
  text(): string;
}

export function CopyButton({ label, title, testId, text }: Props) {
  const [said, say] = useState<string | null>(null);
  const copy = async () => {
    say((await copyText(text())) ? "Copied" : "Could not copy");
    setTimeout(() => say(null), 1600);
  };
  return (
    <button type="button" title={title} data-testid={testId} onClick={copy}>
      <span aria-live="polite">{said ?? label}</span>
    </button>
  );
}
