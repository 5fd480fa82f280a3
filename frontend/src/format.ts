/** Numbers and times as people read them. */

const COUNT = new Intl.NumberFormat("en-US");

export function count(value: number): string {
  return COUNT.format(value);
}

/** "1 run", "2 runs". */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** A score of 0..1 or any number, with as many digits as tell something. */
export function score(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "-∞";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1000) return value.toExponential(2);
  if (size < 0.001) return value.toExponential(1);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3);
}

export function milliseconds(value: number): string {
  if (value >= 60_000) return seconds(value / 1000);
  if (value >= 1000) return `${(value / 1000).toFixed(value >= 10_000 ? 0 : 1)} s`;
  return `${value.toFixed(value >= 100 ? 0 : 1)} ms`;
}

export function seconds(value: number): string {
  if (value === 0) return "0 s";
  if (value < 60) return `${value.toFixed(value < 10 ? 1 : 0)} s`;
  const minutes = Math.round(value / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** "0.4 %". */
export function percent(fraction: number): string {
  const value = fraction * 100;
  return `${value.toFixed(Math.abs(value) < 10 ? 1 : 0)} %`;
}

/** Local date and time to the minute. */
export function dateTime(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1000);
  if (Number.isNaN(date.getTime())) return "unknown time";
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Returns a value of JSON as text; String() would call what an object has under "toString". */
export function said(value: unknown): string {
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
