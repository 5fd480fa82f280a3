/** What a whole run reads of a sample: rollout or relevance, as shaded tokens or over the picture. */

import { useEffect, useRef } from "preact/hooks";
import type { Sample } from "../../samples";
import type { PanelContext } from "../../types";
import { sizedContext } from "../../ui/canvas";
import { useWidth } from "../../ui/size";
import { Term } from "../../ui/Term";
import { picturesReady } from "../attributions/pictures";
import { Raster } from "../attributions/raster";
import { overlayPixels } from "./overlay";
import type { Shown } from "./records";
import { drawn } from "./settings";
import { tokenLabels } from "./tokens";
import { peakOf } from "./weights";
import { weightWords } from "./words";

const MOST = 600; // tokens shaded one by one

/** How much of a run's colour a token's ground has at most, in %: letters keep a contrast of 4.5. */
const STRONGEST = { light: 70, dark: 40 };

const TITLES = {
  rollout: "Rollout",
  relevance: "Gradient-weighted relevance",
} as const;

interface Props {
  readonly name: keyof typeof TITLES;
  readonly shown: Shown;
  readonly sample: Sample;
  readonly context: PanelContext;
}

export function Reading({ name, shown, sample, context }: Props) {
  const array = shown.record.arrays[name];
  if (!array) return <p class="mute at-reading">{TITLES[name]}: not recorded.</p>;
  const T = array.shape[1];
  const start = shown.n * T;
  const values = (array.data as Float32Array).subarray(start, start + Math.min(T, shown.length));
  return (
    <figure class="at-reading" data-testid={`attention-${name}`}>
      <figcaption class="mute">
        <Term group="attention" name={name} label={TITLES[name]} />
      </figcaption>
      {shown.grid ? (
        <OverPicture values={values} shown={shown} sample={sample} context={context} name={name} />
      ) : (
        <ShadedTokens values={values} shown={shown} context={context} />
      )}
    </figure>
  );
}

interface ShadedProps {
  readonly values: Float32Array;
  readonly shown: Shown;
  readonly context: PanelContext;
}

function ShadedTokens({ values, shown, context }: ShadedProps) {
  const labels = tokenLabels(shown);
  const peak = Math.max(0, ...values.filter(Number.isFinite));
  const colour = context.runColour(shown.run);
  const most = context.dark.value ? STRONGEST.dark : STRONGEST.light;
  return (
    <p class="at-tokens">
      {[...values.subarray(0, MOST)].map((value, i) => (
        <span
          key={i}
          title={`${labels[i]}: ${weightWords(value)}`}
          style={{
            background: `color-mix(in srgb, ${colour} ${Math.round(most * shareOf(value, peak))}%, transparent)`,
          }}
        >
          {labels[i]}
        </span>
      ))}
      {values.length > MOST && <small class="mute">and {values.length - MOST} more</small>}
    </p>
  );
}

function shareOf(value: number, peak: number): number {
  return peak > 0 && value > 0 ? Math.min(1, value / peak) : 0;
}

function OverPicture({ values, shown, sample, context, name }: ShadedProps & Props) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(host);
  const [rows, columns] = shown.grid ?? [1, 1];
  const ready = picturesReady.value;
  const opacity = drawn.opacity.value;
  const dark = context.dark.value;
  useEffect(() => {
    if (!canvas.current || width === 0) return;
    const cells = values.slice(shown.prefix, shown.prefix + rows * columns);
    const map = { values: cells, height: rows, width: columns };
    const to = sizedContext(canvas.current, width, Math.round((width * rows) / columns));
    const device = { width: to.canvas.width, height: to.canvas.height };
    const raster = new Raster();
    raster.clear(device.width, device.height, 0);
    raster.put(overlayPixels(map, sample, peakOf(map), opacity, device, dark), device, 0, 0);
    raster.paint(to);
  }, [values.byteOffset, shown, sample, width, opacity, dark, ready]);
  return (
    <div ref={host} class="at-overlay">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`${TITLES[name]} of ${shown.run} over the picture`}
      />
    </div>
  );
}
