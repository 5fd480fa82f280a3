/** One sample in depth: its figures with their definitions, and the scores of both ends. */
import { score } from "../../format";
import { topScores } from "../../predictions";
import { className } from "../../samples";
import { numberWords } from "../attributions/names";
import { probeOfRecord } from "../attributions/records";
import { sampleTitle } from "../attributions/samples";
import { DEFINITIONS } from "./definitions";
import type { Measures } from "./measures";
import { ends, pair, sides, space, unit, wordsOf } from "./model";
import { InDepth } from "./samples/InDepth";
import type { Side } from "./sides";
import { applies } from "./tables/Drift";

export function Detail() {
  const shown = pair.value;
  if (!shown || !ends.value) return <p class="mute">No sample is in both A and B.</p>;
  const measures = shown.measures();
  return (
    <div data-testid="compare-detail">
      <h3 class="named two-lines" title={sampleTitle(shown.sample)}>
        Sample {sampleTitle(shown.sample)}
      </h3>
      {space.value === "image" && <InDepth pair={shown} />}
      <Scores hash={shown.sample.hash} />
      <h3>Maps</h3>
      {measures && !measures.reason ? (
        <Figures measures={measures} />
      ) : (
        <p class="mute">{measures?.reason ?? "One end has no map of it."}</p>
      )}
    </div>
  );
}

function Figures({ measures }: { readonly measures: Measures }) {
  const { rank, ssim, overlap, shift, totals, difference } = measures;
  const [before, after] = totals;
  const percent = (value: number | null) =>
    value === null ? null : `${(100 * value).toFixed(0)} %`;
  const rows = [
    ["rank", rank?.toFixed(3)],
    ["ssim", ssim?.toFixed(3)],
    ["overlap", percent(overlap)],
    ["shift", percent(shift)],
    ["difference", `${numberWords(difference)} ${unit.value}`],
    ["total", `${numberWords(after - before)} ${unit.value}`],
  ] as const;
  return (
    <table class="facts">
      <tbody>
        {rows
          .filter(([name]) => applies(name))
          .map(([name, words]) => (
            <tr key={name} title={DEFINITIONS[name].meaning}>
              <th scope="row">{DEFINITIONS[name].title}</th>
              <td data-fact={name}>{words ?? "not defined"}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

const MOST = 5; // classes

interface Scored {
  readonly name: string;
  readonly before: number;
  readonly after: number;
}

function Scores({ hash }: { readonly hash: string }) {
  const { a, b } = sides.value ?? {};
  const [before, after] = [a, b].map((side) => side && scoresOf(side, hash));
  const names = [...new Set([...(after?.keys() ?? []), ...(before?.keys() ?? [])])];
  if (names.length === 0 || !ends.value) return null;
  const rows = names.slice(0, MOST).map(
    (name): Scored => ({
      name,
      before: before?.get(name) ?? Number.NaN,
      after: after?.get(name) ?? Number.NaN,
    }),
  );
  return (
    <>
      <h3>Predictions</h3>
      <table class="facts cmp-scores">
        <thead>
          <tr>
            <th scope="col">class</th>
            <td title={wordsOf(ends.value.a)}>A</td>
            <td title={wordsOf(ends.value.b)}>B</td>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, ...own }) => (
            <tr key={name}>
              <th scope="row" class="clip" title={name}>
                {name}
              </th>
              <td>{cell(own.before)}</td>
              <td>{cell(own.after)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** A class that is not among the recorded scores has none. */
function cell(value: number): string {
  return Number.isNaN(value) ? "–" : score(value);
}

function scoresOf({ records, moment }: Side, hash: string): Map<string, number> {
  for (const record of moment?.predictions ?? []) {
    const probe = records && probeOfRecord(records, record);
    const n = probe?.places.get(hash);
    if (!probe || n === undefined) continue;
    const found = topScores(record, n);
    return new Map(found.map(({ index, score: s }) => [className(probe.classNames, index), s]));
  }
  return new Map();
}
