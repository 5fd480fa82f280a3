/** One part of the model in depth: what it is, what it costs, what was recorded of it. */
import { count } from "../../format";
import type { PanelContext } from "../../types";
import { amount, bytes, shapeWords } from "./amounts";
import { COSTS } from "./measures";
import { type Model, modelOf, revealNode, toggle } from "./model";
import { totalsOf } from "./rows";
import { childrenOf, type GraphNode, type Tree } from "./tree";

export function Detail({ context }: { readonly context: PanelContext }) {
  const model = modelOf(context);
  const tree = model.tree.value;
  const node = model.node.value;
  if (!tree || !node) return <p class="mute">Choose a box, or a row of the table.</p>;
  const inside = childrenOf(tree, node.id);
  return (
    <div class="gr-depth" data-testid="graph-detail">
      <h3 class="named two-lines" title={node.name}>
        {node.name || node.type}
      </h3>
      <Facts facts={factsOf(tree, node)} />
      {node.kind === "untraced" && (
        <p class="warn" role="note">
          What happens inside could not be followed: operations may be missing, and costs too low.
        </p>
      )}
      {inside.length > 0 && (
        <button type="button" data-testid="graph-toggle" onClick={() => toggle(model, node.id)}>
          {model.open.value.has(node.id) ? "fold" : `unfold ${inside.length} parts`}
        </button>
      )}
      <Statistics model={model} node={node} />
      <Neighbours model={model} tree={tree} node={node} />
    </div>
  );
}

type Fact = readonly [name: string, value: string];

function factsOf(tree: Tree, node: GraphNode): Fact[] {
  const totals = totalsOf(tree);
  const share = (value: number | null, total: number) =>
    value === null || !(total > 0) ? "" : ` · ${((100 * value) / total).toFixed(1)} %`;
  return [
    ["type", node.type],
    ["output", shapeWords(node.shape)],
    ["parameters", exactly(node.parameters) + share(node.parameters, totals.parameters)],
    ["MACs per sample", amount(node.macs) + share(node.macs, totals.macs)],
    [
      "activations per sample",
      bytes(node.activation_bytes) + share(node.activation_bytes, totals.memory),
    ],
    ["calls", node.calls === null ? "–" : `${node.calls}`],
  ];
}

function exactly(value: number | null): string {
  return value === null ? "–" : count(value);
}

function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <table class="facts">
      <tbody>
        {facts.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td data-fact={name}>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Statistics({ model, node }: { readonly model: Model; readonly node: GraphNode }) {
  const recorded = model.measures.value
    .slice(COSTS.length)
    .map((measure) => [measure, measure.valueOf(node)] as const)
    .filter(([, value]) => !Number.isNaN(value));
  if (recorded.length === 0) return null;
  return (
    <>
      <h3>At the scrubber</h3>
      <Facts facts={recorded.map(([{ title, format }, value]) => [title, format(value)])} />
    </>
  );
}

const LISTED = 8; // neighbours named; more are only counted

function Neighbours({ model, tree, node }: { model: Model; tree: Tree; node: GraphNode }) {
  const from = tree.edges.flatMap(([a, b]) => (b === node.id ? [a] : []));
  const to = tree.edges.flatMap(([a, b]) => (a === node.id ? [b] : []));
  return (
    <>
      <NeighbourList title="From" ids={from} model={model} tree={tree} />
      <NeighbourList title="To" ids={to} model={model} tree={tree} />
    </>
  );
}

interface ListProps {
  readonly title: string;
  readonly ids: readonly string[];
  readonly model: Model;
  readonly tree: Tree;
}

function NeighbourList({ title, ids, model, tree }: ListProps) {
  if (ids.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul class="gr-near">
        {ids.slice(0, LISTED).map((id) => (
          <li key={id}>
            <button type="button" class="plain clip" onClick={() => revealNode(model, id)}>
              {tree.nodes.get(id)?.name}
            </button>
          </li>
        ))}
        {ids.length > LISTED && <li class="mute">and {ids.length - LISTED} more</li>}
      </ul>
    </>
  );
}
