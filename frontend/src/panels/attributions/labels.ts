/** Row labels: the sample or run of a row, and what was predicted. */
import { EDGE, groupLeft, rowTop, type Subject, subjectAt, visibleRows } from "./layout";
import { predictionOf, shownWords } from "./predictions";
import { sampleTitle } from "./samples";
import { momentOf, type Scene } from "./scene";
import { dot, write } from "./write";

type Context = CanvasRenderingContext2D;

const TWO_LINES_FROM = 34; // pixels of tile height that hold a second line

/** Row labels stand in the gutter left of each group of columns; alone, they stay in view. */
export function paintLabels(context: Context, scene: Scene): void {
  const { layout, theme } = scene;
  const { groups } = layout;
  if (groups === 1) {
    context.fillStyle = theme.card;
    context.fillRect(0, 0, EDGE + layout.gutter - layout.gap, scene.height);
  }
  layout.blocks.forEach((each, block) => {
    const [first, end] = visibleRows(layout, each, scene.top, scene.top + scene.height);
    const every = Math.max(1, Math.ceil(13 / (layout.tileHeight + layout.gap)));
    for (let row = first; row < end; row++) {
      if (row % every !== 0) continue;
      for (let group = 0; group < groups; group++) paintLabel(context, scene, block, row, group);
    }
  });
}

function paintLabel(c: Context, scene: Scene, block: number, row: number, group: number): void {
  const { layout, model, theme } = scene;
  const column = group * layout.group;
  const subject = subjectAt(layout, { block, row, column });
  if (!subject) return;
  const sample = model.samples.value[subject.sample];
  // Groups fit the view; a single one may scroll, and its labels stay.
  const left = layout.groups === 1 ? EDGE : groupLeft(layout, group) - scene.left;
  const middle = rowTop(layout, layout.blocks[block], row) - scene.top + layout.tileHeight / 2;
  const two = layout.tileHeight >= TWO_LINES_FROM && layout.name !== "moment";
  const place = {
    x: left,
    y: two ? middle - 7 : middle,
    width: layout.gutter - 10,
  };
  if (layout.name === "samples") runLabel(c, scene, subject.track, place);
  else {
    const font = `${sample.hash === model.sample.value?.hash ? "600 " : ""}11px ${theme.font}`;
    write(c, sampleTitle(sample), left, place.y, font, theme.text, place.width);
  }
  if (two) secondLine(c, scene, subject, { ...place, y: middle + 8 });
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

function runLabel(c: Context, scene: Scene, track: number, { x, y, width }: Place): void {
  const { model, theme } = scene;
  const { run } = model.runs.value[model.tracks.value[track].run];
  dot(c, scene.runColour(run), x + 4, y, 4);
  write(c, run, x + 13, y, `11px ${theme.font}`, theme.text, width - 13);
}

/** The method where several are shown side by side, else the prediction at the scrubbed moment. */
function secondLine(c: Context, scene: Scene, subject: Subject, { x, y, width }: Place): void {
  const { layout, model, theme } = scene;
  const font = `11px ${theme.font}`;
  const sample = model.samples.value[subject.sample];
  if (layout.name === "samples" && model.methods.value.length > 1) {
    const words = model.tracks.value[subject.track].title;
    write(c, words, x + 13, y, font, theme.mute, width - 13);
    return;
  }
  const prediction = labelPrediction(scene, subject.track, sample.hash);
  if (!prediction) return;
  const wrong = prediction.correct === false;
  // What the columns count is said above them.
  const words = shownWords(prediction).replace(/^at (epoch|step) /, "at ");
  write(c, words, x, y, font, wrong ? theme.bad : theme.mute, width);
}

function labelPrediction(scene: Scene, track: number, hash: string) {
  const { model } = scene;
  const run = model.runs.value[model.tracks.value[track].run];
  const moment = run.moments[momentOf(scene, { track, sample: 0, column: -1 })];
  return moment ? predictionOf(run, moment, hash) : null;
}
