/** How alike the methods' maps are: rank correlations of their magnitudes. */

import { colourAt } from "../../../maps/colormaps";
import type { PanelContext } from "../../../types";
import { Term } from "../../../ui/Term";
import { letterOn } from "../ink";
import { css } from "../tabular/ink";
import type { Measured } from "./measured";

/** Below this correlation, two methods are said to tell different stories. */
export const ALIKE = 0.5;

interface Props {
  readonly measured: Measured;
  readonly context: PanelContext;
}

export function Agreement({ measured, context }: Props) {
  const { methods, arrays } = measured;
  if (!arrays.agreement || methods.length < 2) return null;
  const at = (i: number, j: number) => Number(arrays.agreement.data[i * methods.length + j]);
  return (
    <section aria-label="Agreement of methods" data-testid="trust-agreement">
      <div class="att-method">
        <b>
          <Term group="quality" name="agreement" label="Agreement" />
        </b>
        <span class="mute clip">mean Spearman correlation of the magnitudes of two maps</span>
      </div>
      <table class="att-matrix">
        <thead>
          <tr>
            <td />
            {methods.map(({ name, title }, i) => (
              <th key={name} scope="col" title={title}>
                {i + 1}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {methods.map(({ name, title }, i) => (
            <tr key={name}>
              <th scope="row">
                {title} <span class="mute">{i + 1}</span>
              </th>
              {methods.map((other, j) => (
                <td
                  key={other.name}
                  title={`${title} and ${other.title}: ${at(i, j).toFixed(4)}`}
                  style={shade(at(i, j), context.dark.value)}
                >
                  {i === j ? "" : at(i, j).toFixed(2)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="mute">{strangers(measured)}</p>
    </section>
  );
}

/** From the ground (none, or opposite) to full colour (the same); letters stay legible on it. */
function shade(value: number, dark: boolean) {
  const place = Math.max(0, Math.min(1, value));
  const ground = colourAt("cividis", dark ? 0.75 * place : 1 - 0.75 * place);
  return { background: css(ground), color: letterOn(ground) };
}

/** Returns which pair is least alike, in words. */
export function strangers({ methods, arrays }: Measured): string {
  let least = { value: Number.POSITIVE_INFINITY, i: 0, j: 0 };
  for (let i = 0; i < methods.length; i++) {
    for (let j = i + 1; j < methods.length; j++) {
      const value = Number(arrays.agreement.data[i * methods.length + j]);
      if (value < least.value) least = { value, i, j };
    }
  }
  if (!Number.isFinite(least.value)) return "Agreement is not defined here.";
  const pair = `${methods[least.i].title} and ${methods[least.j].title}`;
  const value = least.value.toFixed(2);
  return least.value < ALIKE
    ? `${pair} tell different stories (${value}): at most one of them can be right.`
    : `Least alike are ${pair} (${value}).`;
}
