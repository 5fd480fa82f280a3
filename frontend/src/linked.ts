import { computed, type Signal } from "@preact/signals";

/** Returns a signal whose value is derived by `read` and whose changes go to `write`. */
export function linked<T>(read: () => T, write: (value: T) => void): Signal<T> {
  const derived = computed(read);
  const proxy = Object.create(derived) as Signal<T>;
  Object.defineProperty(proxy, "value", { get: () => derived.value, set: write });
  proxy.peek = () => derived.peek();
  proxy.subscribe = (listener) => derived.subscribe(listener);
  return proxy;
}
