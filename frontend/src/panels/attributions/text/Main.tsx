/** All samples as lines of words, run under run; a click takes one in depth. */
import { useRef } from "preact/hooks";
import type { PanelContext } from "../../../types";
import { useWidth } from "../../../ui/size";
import { useFocusedSample } from "../focus";
import { HoverNote } from "../HoverNote";
import { NothingListed } from "../NothingListed";
import { textModelOf } from "./model";
import { SampleLines } from "./SampleLines";
import { TextLegend } from "./TextLegend";

export function Main({ context }: { context: PanelContext }) {
  const host = useRef<HTMLDivElement>(null);
  const width = useWidth(host);
  const text = textModelOf(context);
  const { samples, tracks } = text.base;
  useFocusedSample(host, text.base);
  return (
    <section class="attr-space" data-testid="attributions-text">
      <div class="attr-list" ref={host} data-testid="attributions-list">
        {width > 0 &&
          tracks.value.length > 0 &&
          samples.value.map((sample) => (
            <SampleLines key={sample.hash} {...{ context, text, sample, width }} />
          ))}
        <NothingListed model={text.base} inputs="texts" />
      </div>
      <TextLegend context={context} text={text} />
      <HoverNote context={context} />
    </section>
  );
}
