/** Makes frames come as fast as they are drawn, rather than sixty times a second. */
const due = new Map<number, FrameRequestCallback>();
const { port1, port2 } = new MessageChannel();
let last = 0;

port1.onmessage = ({ data }) => {
  const callback = due.get(data as number);
  due.delete(data as number);
  callback?.(performance.now());
};

window.requestAnimationFrame = (callback) => {
  due.set(++last, callback);
  port2.postMessage(last);
  return last;
};
window.cancelAnimationFrame = (handle) => {
  due.delete(handle);
};
