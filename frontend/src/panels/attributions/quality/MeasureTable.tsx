/** Every measure of every method at the scrubbed moment, a random order beside them. */
import { Term } from "../../../ui/Term";
import { betterWords, meanWords, spreadWords, unitWords } from "./figures";
import { beatsChance, controlOf, type Mean, type Measure, type Measured, meanOf } from "./measured";

export function MeasureTable({ measured }: { readonly measured: Measured }) {
  const { methods, measures } = measured;
  return (
    <div class="att-wide">
      <table class="att-measures" data-testid="trust-measures">
        <thead>
          <tr>
            <td />
            {methods.map(({ name, title }) => (
              <th key={name} scope="col">
                {title}
              </th>
            ))}
            <th scope="col">random order</th>
          </tr>
        </thead>
        <tbody>
          {measures.map((measure, s) => {
            const control = controlOf(measured, s);
            return (
              <tr key={measure.name} data-measure={measure.name}>
                <MeasureName measure={measure} />
                {methods.map(({ name }, m) => (
                  <Cell
                    key={name}
                    own={meanOf(measured, m, s)}
                    {...{ measure, measured, control, method: name }}
                  />
                ))}
                <td class="mute" data-method="random" title={control ? spreadWords(control) : ""}>
                  {control ? meanWords(control, measure.unit) : "–"}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function MeasureName({ measure }: { readonly measure: Measure }) {
  const { label, better, source } = measure;
  const further = [unitWords(measure), betterWords(better)].filter(Boolean);
  return (
    <th scope="row" title={source}>
      <Term group="quality" name={measure.name} label={label} />{" "}
      <span class="mute">{further.join(", ")}</span>
    </th>
  );
}

interface CellProps {
  readonly own: Mean | null;
  readonly control: Mean | null;
  readonly measure: Measure;
  readonly measured: Measured;
  readonly method: string;
}

function Cell({ own, control, measure, measured, method }: CellProps) {
  if (!own) {
    return (
      <td class="mute" data-method={method}>
        –
      </td>
    );
  }
  const verdict = measured.verdicts.find((each) => {
    return each.method === method && each.measure === measure.name;
  });
  const beaten = beatsChance(measure.better, own, control) === false;
  const words = beaten ? "no better than a random order" : "";
  const title = [spreadWords(own), verdict?.message, words].filter(Boolean).join("\n");
  const tone = verdict ? (verdict.level === "fail" ? "bad" : "warn") : beaten ? "bad" : "";
  return (
    <td class={tone} title={title} data-method={method}>
      {meanWords(own, measure.unit)}
    </td>
  );
}
