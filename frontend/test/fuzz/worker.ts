/**
 * Decodes records and logs that come on stdin, and says on stdout what became of each.
 *
 * A message is three u32 (what: 0 record, 1 log, 2 record whose memory is measured; bytes of its
 * JSON; bytes of its body), the JSON and the body. An answer is a line of JSON: {"refused": why},
 * {"tables": n}, {"bytes": n} or {"error": stack}.
 */
import { decodeRecord, RecordError } from "../../src/record";
import { tabulate } from "./panels";

const HEAD = 12; // bytes
const LOOKS = 20;
const PAUSE = 2; // milliseconds
const STEADY = 1 << 14; // bytes

async function answerTo(what: number, about: string, body: Uint8Array<ArrayBuffer>) {
  try {
    if (what === 1) return { tables: await tabulate(body.slice().buffer, JSON.parse(about)) };
    if (what === 2) return { bytes: await memoryOf(body) };
    decodeRecord(body, 0);
    return {};
  } catch (error) {
    if (error instanceof RecordError) return { refused: error.message };
    return { error: String((error as Error)?.stack ?? error) };
  }
}

/** Returns how many bytes a decoded record holds, its own among them. */
async function memoryOf(body: Uint8Array<ArrayBuffer>): Promise<number> {
  const before = await taken();
  const record = decodeRecord(body.slice(), 0);
  const after = await taken();
  return record.kind ? after - before : 0;
}

/** Returns the bytes that are held, once what is let go is freed: that is done beside the program. */
async function taken(): Promise<number> {
  let [last, now] = [Number.NaN, Number.NaN];
  for (let look = 0; look < LOOKS && !(Math.abs(now - last) < STEADY); look++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    const { heapUsed, external } = process.memoryUsage();
    [last, now] = [now, heapUsed + external];
  }
  return now;
}

async function run(): Promise<void> {
  let held = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    held = held.length > 0 ? Buffer.concat([held, chunk]) : chunk;
    const lines: string[] = [];
    let at = 0;
    while (held.length - at >= HEAD) {
      const [what, text, size] = [0, 4, 8].map((place) => held.readUInt32LE(at + place));
      if (held.length - at < HEAD + text + size) break;
      const about = held.toString("utf8", at + HEAD, at + HEAD + text);
      const body = new Uint8Array(held.subarray(at + HEAD + text, at + HEAD + text + size));
      at += HEAD + text + size;
      lines.push(JSON.stringify(await answerTo(what, about, body)));
    }
    held = held.subarray(at);
    if (lines.length > 0) process.stdout.write(`${lines.join("\n")}\n`);
  }
}

void run();
