/** What stands where nothing was recorded: the question, and the callback that answers it. */
import { CopyButton } from "../../../ui/CopyButton";

interface Props {
  readonly question: string;
  readonly recipe: string;
  readonly testId: string;
  /** Why nothing is there although it was asked for. */
  readonly why?: string | null;
}

export function Missing({ question, recipe, testId, why }: Props) {
  return (
    <div class="state" data-testid={testId}>
      <h2>{question}</h2>
      <p>
        {why
          ? `The monitor failed: ${why}`
          : "None of the chosen runs recorded what answers this. Add the callback and train:"}
      </p>
      <div class="recipe">
        <pre>
          <code>{recipe}</code>
        </pre>
        <CopyButton label="Copy" testId={`${testId}-copy`} text={() => recipe} />
      </div>
    </div>
  );
}
