/** The plan in the making: what it is asked for, what the server answered, what is pinned. */
import { computed, signal } from "@preact/signals";
import { ApiError, answers as answering } from "../../api";
import { context } from "../../context";
import { linked } from "../../linked";
import {
  type Asked,
  allocatorsOf,
  budgetsOf,
  deepestOf,
  queryOf,
  usualKeep,
  withAllocator,
} from "./asking";
import { edit, focus, isOfSource } from "./model";
import { type Plan, parsePlan, planRecords, verifiedLike } from "./planned";
import type { Reading } from "./readings";
import { asked, type BudgetOf } from "./settings";

/** What the server said to a query: a plan with its text, or why there is none. */
export type Answer =
  | { readonly plan: Plan; readonly text: string }
  | { readonly error: string; readonly passing: boolean };

const KIND_OF_ERROR = /^(Invalid argument|Not found): /; // as TensorBoard begins its messages
const KEPT = 300; // answers; a slider that is drawn from end to end asks for 200
const answers = signal<ReadonlyMap<string, Answer>>(new Map());

export const budgets = computed(() => {
  const units = source.value?.units ?? [];
  return budgetsOf(edit.value, units.length > 0 && units.every(({ seconds }) => seconds !== null));
});

export const budgetOf = linked<BudgetOf>(
  () => {
    const wanted = asked.of.value;
    return wanted && budgets.value.includes(wanted) ? wanted : budgets.value[0];
  },
  (value) => {
    asked.of.value = value;
    asked.keep.value = null;
  },
);

export const keep = linked<number>(
  () => asked.keep.value ?? usualKeep(budgetOf.value, edit.value),
  (value) => {
    asked.keep.value = value;
  },
);

export const allocators = computed(() => allocatorsOf(edit.value, source.value?.tables ?? []));

export const allocator = linked<string>(
  () => {
    const known = allocators.value.map(({ name }) => name);
    return known.includes(asked.allocator.value) ? asked.allocator.value : known[0];
  },
  (value) => {
    asked.allocator.value = value;
  },
);

/** As far as the slider reaches: what the scan's levels allow. */
export const deepest = computed(() => deepestOf(edit.value, [...(source.value?.levels ?? [])]));

/** The record that plans are made from: the newest of the chosen ones at the scrubber. */
export const source = computed<Reading | null>(() => {
  const track = focus.value;
  if (!track) return null;
  const upTo = context.stepIn(track.run);
  const fits = (reading: Reading) =>
    reading.step <= upTo && isOfSource(reading) && (reading.values.kl ?? reading.values.kl_batch);
  return track.readings.findLast(fits) ?? null;
});

const wanted = computed<Asked | null>(() => {
  const track = focus.value;
  const reading = source.value;
  if (!track || !reading) return null;
  const { keepFirst, keepLast, multiple, minimum, frozen } = asked;
  return {
    run: track.run,
    monitor: track.monitor,
    step: reading.step,
    of: budgetOf.value,
    keep: keep.value,
    allocator: allocator.value,
    keepFirst: keepFirst.value,
    keepLast: keepLast.value,
    multiple: edit.value === "channel" ? multiple.value : 1,
    minimum: minimum.value,
    frozen: frozen.value.filter((name) => reading.places.has(name)),
  };
});

export const query = computed(() => wanted.value && queryOf(wanted.value));

/** Queries of all allocators for the same budget, the chosen one among them. */
export const rivals = computed(() => {
  const own = query.value;
  return own === null ? [] : allocators.value.map(({ name }) => withAllocator(own, name));
});

export const pins = asked.pins;

export function answerTo(asked: string | null): Answer | null {
  return (asked !== null && answers.value.get(asked)) || null;
}

let last: { readonly edit: string; readonly answer: Answer } | null = null;

/** The answer to what is asked, or while that is under way the one before. */
export const draft = computed<Answer | null>(() => {
  const answer = answerTo(query.value);
  if (answer) last = { edit: edit.value, answer };
  return last?.edit === edit.value ? last.answer : null;
});
export const pending = computed(() => query.value !== null && !answerTo(query.value));

/** Asks the server, unless it has been asked before; an answer that nobody waits for is dropped. */
export async function ask(asked: string, aborted: AbortSignal): Promise<void> {
  const held = answers.peek().get(asked);
  if (held && !("passing" in held && held.passing)) return;
  const start = performance.now();
  let answer: Answer;
  try {
    const text = await answering().plan(asked, aborted);
    answer = { plan: parsePlan(text), text };
  } catch (error) {
    if (aborted.aborted) return;
    const said = error instanceof ApiError && error.status >= 400 && error.status < 500;
    answer = { error: (error as Error).message.replace(KIND_OF_ERROR, ""), passing: !said };
  }
  if (aborted.aborted) return;
  const known = [...answers.peek()].slice(-KEPT);
  answers.value = new Map([...known, [asked, answer]]);
  performance.measure("tb-explain:plan", { start, end: performance.now() });
}

/** Lays the plan in the making beside the others, or takes it away again. */
export function togglePin(asked = query.peek()): void {
  if (asked === null) return;
  const now = pins.peek();
  pins.value = now.includes(asked) ? now.filter((each) => each !== asked) : [...now, asked];
}

/** Keeps a unit whole, or lets it be cut again. */
export function toggleFrozen(name: string): void {
  const now = asked.frozen.peek();
  asked.frozen.value = now.includes(name) ? now.filter((each) => each !== name) : [...now, name];
}

/** What callbacks recorded of plans, up to the scrubber. */
export const records = computed(() => planRecords(context.series.value, context.stepIn));

/** Returns what was measured in the same run of a plan like the one of `asked`. */
export function verifiedOf(asked: string, plan: Plan) {
  return verifiedLike(plan, new URLSearchParams(asked).get("run") ?? "", records.value);
}
