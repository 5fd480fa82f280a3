/** Everything the panel derives from its records and settings, computed once for all its parts. */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { recordAt } from "../../moments";
import type { PanelContext, TrainingRecord } from "../../types";
import { type GraphLayout, graphLayout } from "./layout";
import { COSTS, type Measure, measuresOf } from "./measures";
import { chosen } from "./settings";
import { type Shades, shadesFor } from "./shades";
import {
  childrenOf,
  defaultOpen,
  type GraphNode,
  matching,
  pathOf,
  type Tree,
  treeOf,
} from "./tree";

const MOST_BOXES = 40; // that show at first

export interface Model {
  /** Runs with a graph on record. */
  readonly runs: ReadonlySignal<readonly string[]>;
  readonly run: ReadonlySignal<string | null>;
  readonly record: ReadonlySignal<TrainingRecord | null>;
  readonly tree: ReadonlySignal<Tree | null>;
  readonly open: ReadonlySignal<ReadonlySet<string>>;
  readonly layout: ReadonlySignal<GraphLayout | null>;
  readonly measures: ReadonlySignal<readonly Measure[]>;
  readonly measure: ReadonlySignal<Measure>;
  /** By id, of the boxes that show no inside. */
  readonly values: ReadonlySignal<ReadonlyMap<string, number>>;
  readonly shades: ReadonlySignal<Shades | null>;
  readonly found: ReadonlySignal<ReadonlySet<string>>;
  readonly node: ReadonlySignal<GraphNode | null>;
  /** Counts how often a node was asked to come into sight. */
  readonly reveals: Signal<number>;
}

const models = new WeakMap<PanelContext, Model>();

/** Returns the one model of `context`. */
export function modelOf(context: PanelContext): Model {
  const known = models.get(context) ?? newModel(context);
  models.set(context, known);
  return known;
}

function newModel(context: PanelContext): Model {
  const runs = computed(() => {
    const recorded = new Set(graphsIn(context).map(({ run }) => run));
    return context.runs.value.filter((run) => recorded.has(run));
  });
  const run = computed(
    () => runs.value.find((each) => each === chosen.run.value) ?? runs.value[0] ?? null,
  );
  const record = computed(() => recordOf(context, run.value));
  const tree = computed(() => record.value && treeOf(record.value));
  const open = computed(
    (): ReadonlySet<string> =>
      chosen.open.value
        ? new Set(chosen.open.value)
        : tree.value
          ? defaultOpen(tree.value, MOST_BOXES)
          : new Set(),
  );
  const layout = computed(() => tree.value && graphLayout(tree.value, open.value));
  const measures = computed(() =>
    run.value ? measuresOf(context.series.value, run.value, context.stepIn(run.value)) : COSTS,
  );
  const measure = computed(
    () => measures.value.find(({ name }) => name === chosen.measure.value) ?? measures.value[0],
  );
  const values = computed(() => valuesOf(tree.value, layout.value, measure.value));
  return {
    runs,
    run,
    record,
    tree,
    open,
    layout,
    measures,
    measure,
    values,
    shades: computed(() =>
      shadesFor(measure.value, [...values.value.values()], context.dark.value),
    ),
    found: computed(() => new Set(tree.value ? matching(tree.value, chosen.search.value) : [])),
    node: computed(() => tree.value?.nodes.get(chosen.node.value ?? "") ?? null),
    reveals: signal(0),
  };
}

function graphsIn({ series }: PanelContext) {
  return series.value.filter(
    ({ kind, records }) =>
      kind === "graph" && records.some((each) => Array.isArray(each.fields.nodes)),
  );
}

/** The newest graph at or before the scrubber; before the first one, that one. */
function recordOf(context: PanelContext, run: string | null): TrainingRecord | null {
  if (run === null) return null;
  const records = graphsIn(context)
    .filter((entry) => entry.run === run)
    .flatMap((entry) => entry.records.filter(({ fields }) => Array.isArray(fields.nodes)))
    .sort((a, b) => a.step - b.step);
  return recordAt(records, context.stepIn(run)) ?? records[0] ?? null;
}

function valuesOf(tree: Tree | null, layout: GraphLayout | null, measure: Measure) {
  const values = new Map<string, number>();
  for (const { id, open } of layout?.boxes ?? []) {
    const node = tree?.nodes.get(id);
    if (node && !open) values.set(id, measure.valueOf(node));
  }
  return values;
}

/** Folds or unfolds the module `id`; says whether it is one. */
export function toggle({ tree, open }: Model, id: string): boolean {
  const known = tree.peek();
  if (!known || childrenOf(known, id).length === 0) return false;
  const now = new Set(open.peek());
  if (!now.delete(id)) now.add(id);
  chosen.open.value = [...now];
  return true;
}

/** Unfolds the modules around the node `id`, and shows it in depth. */
export function revealNode({ tree, open, reveals }: Model, id: string): void {
  const known = tree.peek();
  if (!known) return;
  const around = pathOf(known, id).slice(1);
  const now = open.peek();
  if (around.some((each) => !now.has(each))) chosen.open.value = [...new Set([...now, ...around])];
  chosen.node.value = id;
  reveals.value += 1;
}

/** Unfolds all modules, or folds all but the outermost. */
export function unfoldAll({ tree }: Model, unfolded: boolean): void {
  const known = tree.peek();
  if (!known) return;
  const modules = [...known.nodes.keys()].filter((id) => childrenOf(known, id).length > 0);
  chosen.open.value = unfolded ? modules : [];
}
