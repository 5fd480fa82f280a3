/** A sample's picture, large; small ones with their pixels kept. */
import { useEffect, useRef } from "preact/hooks";
import { drawFitted, pictureOf, picturesReady } from "../../pictures";
import type { Sample } from "../../samples";

const SIDE = 540; // pixels of the drawing, shown at the column's width

export function SamplePicture({ sample }: { readonly sample: Sample }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const picture = pictureOf(sample.picture);
  const ready = picturesReady.value;
  useEffect(() => {
    const to = canvas.current?.getContext("2d");
    if (!to) return;
    to.clearRect(0, 0, SIDE, SIDE);
    if (picture) drawFitted(to, picture, 0, 0, SIDE);
  }, [picture, ready]);
  if (!sample.picture) {
    return <p class="mute">{missingWords(sample)}</p>;
  }
  const words = `Probe sample ${sample.name}${sample.label ? `, ${sample.label}` : ""}`;
  return (
    <canvas
      ref={canvas}
      class="ov-large"
      width={SIDE}
      height={SIDE}
      role="img"
      aria-label={words}
    />
  );
}

const INPUTS: Readonly<Record<string, string>> = {
  text: "a text",
  tabular: "a row of a table",
  series: "a series",
};

function missingWords({ hash, modality }: Sample): string {
  const input = Object.hasOwn(INPUTS, modality) ? INPUTS[modality] : null;
  if (input) return `The sample is ${input}: the panel Attributions shows it (hash ${hash}).`;
  return `The picture was not stored; only its hash was (${hash}).`;
}
