/** All samples as signals, run under run; a click takes one in depth. */
import { useRef } from "preact/hooks";
import type { PanelContext } from "../../../types";
import { useFocusedSample } from "../focus";
import { HoverNote } from "../HoverNote";
import { modelOf } from "../model";
import { NothingListed } from "../NothingListed";
import { GroundLegend } from "./GroundLegend";
import { SampleRows } from "./SampleRows";

export function Main({ context }: { context: PanelContext }) {
  const host = useRef<HTMLDivElement>(null);
  const model = modelOf(context, "series");
  useFocusedSample(host, model);
  return (
    <section class="attr-space" data-testid="attributions-series">
      <div class="attr-list" ref={host} data-testid="attributions-list">
        {model.tracks.value.length > 0 &&
          model.samples.value.map((sample) => (
            <SampleRows key={sample.hash} {...{ context, model, sample }} />
          ))}
        <NothingListed model={model} inputs="series" />
      </div>
      <GroundLegend context={context} model={model} />
      <HoverNote context={context} />
    </section>
  );
}
