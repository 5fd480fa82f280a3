/** Ties controls to settings. */
import type { Signal } from "@preact/signals";
import type { Choice } from "../../ui/Segmented";

/** Returns what sets `state`. */
export function into<T>(state: Signal<T>): (value: T) => void {
  return (value) => {
    state.value = value;
  };
}

/** Returns the properties of a slider that sets `state`. */
export function range(state: Signal<number>, min: number, max: number, step: number) {
  return { value: state.value, min, max, step, onChange: into(state) };
}

/** Returns choices whose labels are their values. */
export const plain = <T extends string>(values: readonly T[]): Choice<T>[] =>
  values.map((value) => ({ value, label: value }));
