/**
 * Answers from a report's own data.
 *
 * The data is JSON, as tb_explain/exporting/html.py writes it: the server's catalog, a frame for
 * each series (its bytes deflated, then in base64), and which of these each panel draws.
 */
import { ApiError, type Catalog, type Source } from "../api";
import { mergeFrames } from "./merge";

interface Embedded {
  readonly catalog: Catalog;
  readonly frames: readonly { readonly run: string; readonly data: string }[];
  /** Indices into `frames` by the name of a panel. */
  readonly panels: Readonly<Record<string, readonly number[]>>;
}

const NO_PLANS =
  "Plans are made by the server, and a report has none: open the log directory in TensorBoard.";

/** Returns the source that answers from the JSON that `read` returns, which is read once. */
export function embeddedSource(read: () => string): Source {
  let known: Embedded | null = null;
  const embedded = () => {
    known ??= parse(read());
    return known;
  };
  return {
    live: false,
    async catalog(etag) {
      return etag ? null : { value: embedded().catalog, etag: "report" };
    },
    async panel(panel, runs) {
      const { frames, panels } = embedded();
      const drawn = Object.hasOwn(panels, panel) ? panels[panel] : [];
      const asked = drawn.map((index) => frames[index]).filter(({ run }) => runs.includes(run));
      return mergeFrames(await Promise.all(asked.map(({ data }) => inflate(data))));
    },
    async plan() {
      throw new ApiError(NO_PLANS, 404, "not_found");
    },
  };
}

function parse(text: string): Embedded {
  try {
    return JSON.parse(text) as Embedded;
  } catch (error) {
    throw new ApiError(`The report's data cannot be read: ${(error as Error).message}`);
  }
}

async function inflate(data: string): Promise<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(inflated).arrayBuffer();
}
