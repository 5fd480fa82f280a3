/** Names as people write them, and numbers as they read them. */
const METHODS: Readonly<Record<string, string>> = {
  gradcam: "Grad-CAM",
  gradcampp: "Grad-CAM++",
  "gradcam++": "Grad-CAM++",
  hirescam: "HiResCAM",
  layercam: "LayerCAM",
  xgradcam: "XGrad-CAM",
};

export function methodName(method: string): string {
  return METHODS[method] ?? method;
}

/** Returns "untrained" or "epoch 3". */
export function epochWords(epoch: number): string {
  return epoch < 0 ? "untrained" : `epoch ${epoch}`;
}

/** Returns a value with four significant digits; NaN and infinities in words. */
export function numberWords(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+infinity" : "-infinity";
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e5 || size < 1e-3 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}
