/** Gives `canvas` the size in CSS pixels at the screen's density; returns its cleared context. */
export function sizedContext(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D {
  const density = window.devicePixelRatio || 1;
  const pixels = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) {
    [canvas.width, canvas.height] = pixels;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  if (!context) throw new Error("The browser gives no 2d canvas.");
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

const colours = new Map<string, string>();

/** Returns the value of a CSS variable of the theme, such as "--mute". */
export function themeColour(name: string): string {
  const root = document.documentElement;
  // Kept, since whoever asks after a change makes the browser work out all styles at once.
  const key = `${root.className} ${name}`;
  const known = colours.get(key) || getComputedStyle(root).getPropertyValue(name).trim();
  colours.set(key, known);
  return known;
}
