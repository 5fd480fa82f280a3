/** What each channel adds to the output, as bars. */
import type { PanelContext } from "../../../types";
import { numberWords } from "../names";
import type { Content } from "../tiles";
import { ValueBar } from "../ValueBar";
import { channelSums } from "./signals";

const MOST = 8;

export function Channels({ context, content }: { context: PanelContext; content: Content }) {
  const { values, height, width } = content.map();
  const all = channelSums(values, height, width);
  const largest = Math.max(...all.map(({ sum }) => Math.abs(sum)).filter(Number.isFinite), 0);
  const shown = [...all].sort((a, b) => b.size - a.size).slice(0, MOST);
  return (
    <>
      <h3>By channel</h3>
      <table class="attr-bars" data-testid="attributions-channels">
        <tbody>
          {shown.map(({ channel, sum }) => (
            <tr key={channel}>
              <th scope="row">channel {channel}</th>
              <td>
                <ValueBar
                  context={context}
                  share={largest > 0 ? sum / largest : 0}
                  signed={content.source.signed}
                />
              </td>
              <td class="num" data-fact={`channel ${channel}`}>
                {numberWords(sum)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
