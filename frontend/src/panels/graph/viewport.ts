/** Which part of the drawing is seen, and how large; pure. */

export interface Viewport {
  /** Place of the drawing's corner, in pixels of the canvas. */
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const SCALES = [0.05, 3] as const;
const READABLE = 0.62; // smaller, names are a strain
const MARGIN = 24;

/** Returns a view as large as the width allows and still readable, from the top. */
export function readable(drawing: Size, canvas: Size): Viewport {
  const fits = (canvas.width - 2 * MARGIN) / Math.max(1, drawing.width);
  const scale = Math.max(READABLE, Math.min(1, fits));
  const spare = canvas.height - 2 * MARGIN - drawing.height * scale;
  return {
    scale,
    x: (canvas.width - drawing.width * scale) / 2,
    y: MARGIN + Math.max(0, spare / 2),
  };
}

/** Returns the view of the whole drawing. */
export function whole(drawing: Size, canvas: Size): Viewport {
  const scale = Math.min(
    1,
    held((canvas.width - 2 * MARGIN) / Math.max(1, drawing.width)),
    held((canvas.height - 2 * MARGIN) / Math.max(1, drawing.height)),
  );
  return {
    scale,
    x: (canvas.width - drawing.width * scale) / 2,
    y: (canvas.height - drawing.height * scale) / 2,
  };
}

/** Returns the view `factor` times as large, (x, y) of the canvas staying where it is. */
export function zoomed(view: Viewport, factor: number, x: number, y: number): Viewport {
  const scale = held(view.scale * factor);
  const real = scale / view.scale;
  return { scale, x: x - (x - view.x) * real, y: y - (y - view.y) * real };
}

/** Returns `view` moved so that `box` of the drawing is in sight, in the middle if it was not. */
export function revealing(
  view: Viewport,
  box: Size & { readonly x: number; readonly y: number },
  canvas: Size,
): Viewport {
  const [left, top] = [view.x + box.x * view.scale, view.y + box.y * view.scale];
  const [wide, high] = [box.width * view.scale, Math.min(60, box.height * view.scale)];
  const across = left > 0 && left + wide < canvas.width;
  const down = top > 0 && top + high < canvas.height - MARGIN;
  if (across && down) return view;
  return {
    ...view,
    x: across ? view.x : view.x + canvas.width / 2 - (left + wide / 2),
    y: down ? view.y : view.y + canvas.height / 3 - (top + high / 2),
  };
}

function held(scale: number): number {
  return Math.max(SCALES[0], Math.min(SCALES[1], scale));
}
