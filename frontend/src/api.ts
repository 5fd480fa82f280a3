/** The server's routes, one function each, relative to plugin_entry.html's <base>; or what stands in for them. */
import type { Detail } from "./detail";

/** What the server, or the way to it, says when it does not answer. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(message: string, status = 0, code = "unreachable") {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface CatalogSeries {
  readonly tag: string;
  readonly kind: string;
  readonly monitor: string;
  readonly last_step: number;
  readonly last_wall_time: number;
}

export interface CatalogRun {
  readonly run: string;
  readonly start_time: number | null;
  readonly series: readonly CatalogSeries[];
}

export interface Catalog {
  readonly experiment: string;
  readonly runs: readonly CatalogRun[];
  readonly unreadable: readonly { run: string; tag: string; reason: string }[];
}

export interface Tagged<T> {
  readonly value: T;
  readonly etag: string | null;
}

/** What answers the page: TensorBoard's server, or in a report the document itself. */
export interface Source {
  /** Whether there may be more to see later on. */
  readonly live: boolean;
  /** Returns the catalog, or null if it is still the one of `etag`. */
  catalog(etag: string | null, signal: AbortSignal): Promise<Tagged<Catalog> | null>;
  /** Returns the binary frame of `panel` for `runs`, with the records that `detail` asks for, or more. */
  panel(
    panel: string,
    runs: readonly string[],
    detail: Detail,
    signal: AbortSignal,
  ): Promise<ArrayBuffer>;
  /** Returns the text of the plan.json that `query` asks for. */
  plan(query: string, signal: AbortSignal): Promise<string>;
}

const server: Source = {
  live: true,
  async catalog(etag, signal) {
    const headers: Record<string, string> = etag ? { "If-None-Match": etag } : {};
    const response = await get("catalog", { signal, headers, cache: "no-store" });
    if (response.status === 304) return null;
    return { value: (await response.json()) as Catalog, etag: response.headers.get("ETag") };
  },
  async panel(panel, runs, detail, signal) {
    const query = new URLSearchParams(runs.map((run) => ["run", run]));
    for (const [name, value] of Object.entries(detail)) query.set(name, String(value));
    const response = await get(`panel/${encodeURIComponent(panel)}?${query}`, { signal });
    return response.arrayBuffer();
  },
  async plan(query, signal) {
    const response = await get(`plan?${query}`, { signal });
    return response.text();
  },
};

let source = server;

/** Takes all answers from `other`, from now on: call it before anything else of the page is imported. */
export function answerFrom(other: Source): void {
  source = other;
}

/** What answers the page. */
export function answers(): Source {
  return source;
}

async function get(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(new URL(path, document.baseURI), init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError("TensorBoard does not answer. Is it still running?");
  }
  if (response.ok || response.status === 304) return response;
  throw await toError(response);
}

async function toError(response: Response): Promise<ApiError> {
  const { status } = response;
  const body: unknown = await response.json().catch(() => null);
  const error = (body as { error?: { code?: unknown; message?: unknown } } | null)?.error;
  if (typeof error?.message === "string") {
    return new ApiError(error.message, status, String(error.code));
  }
  return new ApiError(`The server answered ${status} ${response.statusText}.`, status, "unknown");
}
