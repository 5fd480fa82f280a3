/** TensorBoard's messages to plugin iframes (its "experimental" plugin library, in short). */
import { tensorBoard } from "./host";

interface Message {
  readonly type: string;
  readonly id: number;
  readonly isReply: boolean;
}

/** Calls `listener` whenever TensorBoard reloaded its data; returns what ends it. */
export function onDataReloaded(listener: () => void): () => void {
  const host = tensorBoard();
  if (!host) return () => {};
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => {
    const message = parse(data);
    if (!message || message.isReply) return;
    if (message.type === "experimental.DataReloaded") listener();
    // TensorBoard waits for an answer to everything it sends.
    port1.postMessage(JSON.stringify({ ...message, payload: null, error: null, isReply: true }));
  };
  host.postMessage("experimental.bootstrap", "*", [port2]);
  return () => port1.close();
}

function parse(data: unknown): Message | null {
  try {
    return JSON.parse(String(data)) as Message;
  } catch {
    return null;
  }
}
