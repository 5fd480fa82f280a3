/** The sample in depth as a picture: it, its curves, and which run is which. */
import { drawPlot } from "../../chart/draw";
import { axis, here, samples, timeline } from "../../context";
import { count } from "../../format";
import { epochWords } from "../../moments";
import { drawFitted, pictureOf } from "../../pictures";
import type { Sample } from "../../samples";
import type { Download, PanelContext } from "../../types";
import { themeColour } from "../../ui/canvas";
import { snapshot } from "../../ui/snapshot";
import { formatEpoch, scoreLines, scoreName } from "./score-lines";
import { logarithmic } from "./settings";

const SCALE = 2; // pixels per CSS pixel, for print
const WIDTH = 640;
const PICTURE = 200;

/** Returns the sample in depth: picture, chart and where the scrubber stands. */
export async function png(context: PanelContext): Promise<Download | null> {
  const sample = samples.value.find(({ hash }) => hash === context.sample.value);
  if (!sample) return outputsAlone();
  const canvas = document.createElement("canvas");
  const legend = 20 * context.runs.value.length;
  canvas.width = WIDTH * SCALE;
  canvas.height = (PICTURE + 64 + legend) * SCALE;
  const to = canvas.getContext("2d");
  if (!to) return null;
  to.scale(SCALE, SCALE);
  to.fillStyle = themeColour("--panel");
  to.fillRect(0, 0, WIDTH, canvas.height);
  drawTitle(to, sample, context);
  const picture = pictureOf(sample.picture);
  if (picture) drawFitted(to, picture, 16, 44, PICTURE);
  drawScores(to, context);
  drawLegend(to, context);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) resolve({ name: `explain-sample-${sample.hash.slice(0, 8)}.png`, blob });
      else reject(new Error("The browser could not encode it."));
    }, "image/png");
  });
}

/** Without any sample, what the runs put out on the validation set. */
async function outputsAlone(): Promise<Download | null> {
  const shown = document.querySelector<HTMLElement>(".ov-all-outputs");
  return shown && snapshot(shown, "explain-outputs.png");
}

function drawTitle(to: CanvasRenderingContext2D, sample: Sample, context: PanelContext): void {
  const moment = context.moments.value.find(({ step }) => step === context.step.value);
  to.fillStyle = themeColour("--text");
  to.font = "500 15px Roboto, system-ui, sans-serif";
  to.fillText(
    `Sample ${sample.name}${sample.label === null ? "" : ` · ${sample.label}`}`,
    16,
    28,
    300,
  );
  to.fillStyle = themeColour("--mute");
  to.font = "12px Roboto, system-ui, sans-serif";
  const step = moment && !timeline.value.apart ? `, step ${count(moment.step)}` : "";
  const words = moment ? ` · ${epochWords(moment.epoch)}${step}` : "";
  to.fillText(`${scoreName()} of the label${words}`, PICTURE + 32, 28, 380);
}

function drawScores(to: CanvasRenderingContext2D, context: PanelContext): void {
  drawPlot(to, {
    x: PICTURE + 32,
    y: 44,
    width: WIDTH - PICTURE - 52,
    height: PICTURE,
    lines: scoreLines(context),
    logarithmic: logarithmic.value,
    range: scoreName() === "Probability" ? [0, 1] : undefined,
    cursor: here.value,
    colours: {
      text: themeColour("--mute"),
      grid: themeColour("--line"),
      cursor: themeColour("--accent"),
    },
    formatX: axis.value === "step" ? count : formatEpoch,
  });
}

function drawLegend(to: CanvasRenderingContext2D, context: PanelContext): void {
  to.font = "12px Roboto, system-ui, sans-serif";
  context.runs.value.forEach((run, i) => {
    const y = PICTURE + 66 + 20 * i;
    to.fillStyle = context.runColour(run);
    to.fillRect(16, y - 9, 10, 10);
    to.fillStyle = themeColour("--text");
    to.fillText(run, 34, y, WIDTH - 50);
  });
}
