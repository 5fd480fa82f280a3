/** A table of facts: names and values, each at most two lines. */
import type { Fact } from "./facts";

export function FactTable({ facts }: { facts: readonly Fact[] }) {
  return (
    <table class="facts">
      <tbody>
        {facts.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td data-fact={name}>
              <span class="two-lines" title={value}>
                {value}
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
