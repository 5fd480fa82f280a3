/** All samples as lines of words, run under run; a click takes one in depth. */
import { useRef } from "preact/hooks";
import type { PanelContext } from "../../../types";
import { useWidth } from "../../../ui/size";
import { useFocusedSample } from "../focus";
import { HoverNote } from "../HoverNote";
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
        <Nothing text={text} />
      </div>
      <TextLegend context={context} text={text} />
      <HoverNote note={text.note} />
    </section>
  );
}

function Nothing({ text }: { text: ReturnType<typeof textModelOf> }) {
  const { allSamples, samples, tracks } = text.base;
  if (allSamples.value.length > 0 && samples.value.length > 0 && tracks.value.length > 0)
    return null;
  const words =
    allSamples.value.length === 0
      ? "The shown runs have no texts on record."
      : tracks.value.length === 0
        ? "No shown run has attributions of this method and target: choose others at the left."
        : "No sample of the shown runs matches: choose “all” under Samples.";
  return (
    <p class="mute attr-nothing" data-testid="attributions-nothing">
      {words}
    </p>
  );
}
