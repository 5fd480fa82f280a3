/** The Python that reads, without TensorBoard, the records that are on screen. */
import { recordAt } from "../moments";
import type { Series } from "../types";

/** A run as it was at a step: it shows its newest records at or before it. */
export interface Place {
  readonly run: string;
  readonly step: number;
}

// Invisible characters could make code read as something that it is not.
const INVISIBLE = /[\p{Cf}\u007f-\u009f\u2028\u2029]/gu;

/** Returns `text` as a literal of a Python string. */
export function pythonString(text: string): string {
  return JSON.stringify(text).replaceAll(INVISIBLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const long = code > 0xffff;
    return `\\${long ? "U" : "u"}${code.toString(16).padStart(long ? 8 : 4, "0")}`;
  });
}

/** Returns the code for the records of `series` that `places` show. */
export function readingCode(
  logdir: string,
  series: readonly Series[],
  places: readonly Place[],
): string {
  const lines = places.flatMap(({ run, step }) =>
    series
      .filter((entry) => entry.run === run)
      .flatMap(({ tag, records }) => {
        const shown = recordAt(records, step);
        return shown ? [`    (${pythonString(run)}, ${pythonString(tag)}, ${shown.step}),`] : [];
      }),
  );
  return `import tb_explain

runs = tb_explain.load(${pythonString(logdir)})  # the folder that TensorBoard was given
places = [
${lines.join("\n")}
]
shown = [runs[run][tag].at(step) for run, tag, step in places]
`;
}
