/** The coefficients of the linear model as bars, to the right for the output, to the left against. */
import { exact } from "../../layers/draw";
import { byMagnitude } from "../tabular/breakdown";
import { signColour } from "../tabular/ink";
import { signedWords } from "../tabular/words";
import { MOST, shown } from "./settings";
import type { Surrogate } from "./surrogate";

interface Props {
  readonly surrogate: Surrogate;
  /** By index. */
  readonly output: number;
  readonly dark: boolean;
}

export function Coefficients({ surrogate, output, dark }: Props) {
  const { features, outputs, coefficients } = surrogate;
  const F = features.length;
  const own = coefficients.subarray(output * F, (output + 1) * F);
  const order = byMagnitude(own);
  const rows = shown.allFeatures.value ? order : order.slice(0, MOST);
  const limit = Math.abs(own[order[0]] ?? 0) || 1;
  return (
    <section aria-label="Coefficients" data-testid="surrogate-coefficients">
      <div class="att-method">
        <b>Coefficients</b>
        <span class="mute clip">{outputs[output]}, per standard deviation</span>
      </div>
      <div style={{ "--base": "50%" }}>
        {rows.map((f) => {
          const width = (50 * Math.abs(own[f])) / limit;
          const left = own[f] < 0 ? 50 - width : 50;
          const background = signColour(own[f], dark);
          return (
            <div key={features[f]} class="att-step" title={`${features[f]}: ${exact(own[f])}`}>
              <span class="clip">{features[f]}</span>
              <span class="att-lane">
                <i class="att-bar" style={{ left: `${left}%`, width: `${width}%`, background }} />
              </span>
              <span class="num">{signedWords(own[f])}</span>
            </div>
          );
        })}
      </div>
      {rows.length < F && <p class="mute">and {F - rows.length} smaller ones</p>}
    </section>
  );
}
