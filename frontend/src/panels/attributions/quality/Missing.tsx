/** What stands where nothing was recorded: the question, and the callback that answers it. */
import { Recipe } from "../../../ui/Recipe";

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
      <h3 class="named">{question}</h3>
      <p>
        {why
          ? `The monitor failed: ${why}`
          : "None of the chosen runs recorded what answers this. Add the callback and train:"}
      </p>
      <Recipe code={recipe} testId={`${testId}-copy`} />
    </div>
  );
}
