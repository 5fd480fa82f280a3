/** A map that forgets its least recently used entries when their sizes exceed a bound. */
export class LeastRecentlyUsed<K, V> {
  readonly #entries = new Map<K, { readonly value: V; readonly size: number }>();
  readonly #bound: number;
  #total = 0;

  constructor(bound: number) {
    this.#bound = bound;
  }

  get(key: K): V | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: K, value: V, size: number): void {
    this.#total += size - (this.#entries.get(key)?.size ?? 0);
    this.#entries.delete(key);
    this.#entries.set(key, { value, size });
    for (const [oldest, entry] of this.#entries) {
      if (this.#total <= this.#bound || oldest === key) break;
      this.#entries.delete(oldest);
      this.#total -= entry.size;
    }
  }

  get total(): number {
    return this.#total;
  }
}
