/** The claims about each track, kept up to date while nothing is being drawn. */
import { effect, type Signal, signal } from "@preact/signals";
import { type Claim, looksOf, settledWords } from "./claims";
import { whenIdle } from "./idle";
import type { Model } from "./model";

/** Fills `claims` with one entry per track; returns what ends it. */
export function keepClaims(model: Model, claims: Signal<readonly Claim[]>): () => void {
  const settled = signal<readonly string[]>([]);
  const stopSettled = effect(() => {
    const [runs, tracks, samples] = [model.runs.value, model.tracks.value, model.samples.value];
    settled.value = [];
    const words: string[] = [];
    return whenIdle(
      tracks.map((track, i) => () => {
        words[i] = settledWords(runs[track.run], track, samples);
        settled.value = [...words];
      }),
    );
  });
  const stopLooks = effect(() => {
    const looks = looksOf(model);
    claims.value = looks.map((each, i) => ({ ...each, settled: settled.value[i] ?? "" }));
  });
  return () => {
    stopSettled();
    stopLooks();
  };
}
