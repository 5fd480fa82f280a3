/** A shallow tree as an indented list: every condition before what follows from it. */
import { signedWords } from "../tabular/words";
import { linesOf, type Node } from "./surrogate";

interface Props {
  readonly tree: readonly Node[];
  readonly features: readonly string[];
  readonly outputs: readonly string[];
  /** By index. */
  readonly output: number;
}

const INDENT = 20; // pixels

export function Tree({ tree, features, outputs, output }: Props) {
  return (
    <section aria-label="Tree" data-testid="surrogate-tree">
      <div class="att-method">
        <b>Decision tree</b>
        <span class="mute clip">{outputs[output]}, mean output in each leaf</span>
      </div>
      <ul class="att-tree">
        {linesOf(tree, features, output).map(({ depth, condition, samples, value }, i) => (
          // Lines of a tree have no names, and never change places.
          <li
            key={`${i} ${condition}`}
            style={{ paddingLeft: `${Math.max(0, depth - 1) * INDENT}px` }}
          >
            <span class="clip">{condition || "all samples"}</span>
            <span class="mute num">{samples}</span>
            {value !== null && <b class="num">{signedWords(value)}</b>}
          </li>
        ))}
      </ul>
    </section>
  );
}
