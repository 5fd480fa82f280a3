/** The film strip: one canvas in a scrolled frame, with its tooltip and legend. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { PanelContext } from "../../types";
import { tileOf, tileSentence } from "./facts";
import { geometryOf } from "./geometry";
import { listen } from "./gestures";
import { keepDrawn } from "./keepDrawn";
import { keepInView } from "./keepInView";
import { Legend } from "./Legend";
import type { Model } from "./model";
import { RunClaims } from "./RunClaims";
import { drawn } from "./settings";
import { showStrip } from "./shownStrip";
import { newStrip, type Strip, selectedSubject } from "./strip";
import { Tooltip } from "./Tooltip";

export function FilmStrip({ context }: { context: PanelContext }) {
  const strip = useMemo(() => newStrip(context), [context]);
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (!scroller.current || !canvas.current) return;
    const ends = [
      keepSize(strip, scroller.current),
      keepDrawn(strip, scroller.current, canvas.current),
      listen(strip, scroller.current, canvas.current),
      keepInView(strip, scroller.current),
      showStrip(strip, scroller.current),
    ];
    return () => {
      for (const end of ends) end();
    };
  }, [strip]);
  const { width, height } = strip.layout.value;
  const focus = (focused: boolean) => () => {
    strip.focused.value = focused;
  };
  return (
    <section class="attributions" data-testid="attributions">
      <RunClaims context={context} strip={strip} />
      <div class="scroller" ref={scroller} data-testid="attributions-scroller">
        <div class="content" style={{ width: `${width}px`, height: `${height}px` }}>
          {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it takes keys itself, as an application does */}
          <canvas
            ref={canvas}
            tabIndex={0}
            role="application"
            aria-roledescription="film strip of maps"
            aria-label="Maps by sample and moment; arrow keys move, Control and wheel zoom"
            aria-describedby="attributions-live"
            style={{ width: `${strip.view.value.width}px`, height: `${strip.view.value.height}px` }}
            data-testid="attributions-canvas"
            data-geometry={geometryOf(strip)}
            onFocus={focus(true)}
            onBlur={focus(false)}
          />
        </div>
        {strip.layout.value.blocks.length === 0 && <Nothing strip={strip} />}
      </div>
      <Legend context={context} strip={strip} />
      <Live strip={strip} />
      <Tooltip strip={strip} />
    </section>
  );
}

function Nothing({ strip }: { strip: Strip }) {
  return (
    <p class="nothing" data-testid="attributions-nothing">
      {nothingWords(strip.model)}
    </p>
  );
}

function nothingWords({ allSamples, tracks }: Model): string {
  if (allSamples.value.length === 0) return "The shown runs have no images on record.";
  if (tracks.value.length === 0) {
    return "No shown run has a map of this method, layer and target: choose others at the left.";
  }
  return "No sample of the shown runs matches: choose “all” under Samples.";
}

/** What the tile in depth shows, as text. */
function Live({ strip }: { strip: Strip }) {
  const { model } = strip;
  const selected = selectedSubject(strip);
  const sample = model.sample.value;
  const sentence = () => {
    if (!selected || !sample) return "";
    const moment = model.scrubbed.value[model.tracks.value[selected.track].run];
    const [drawing, scale] = [drawn.drawing.value, drawn.scale.value];
    return tileSentence(tileOf(model, selected.track, moment, sample, drawing, scale));
  };
  return (
    <p id="attributions-live" class="unseen" aria-live="polite" data-testid="attributions-live">
      {sentence()}
    </p>
  );
}

function keepSize(strip: Strip, scroller: HTMLElement): () => void {
  const measure = () => {
    const { clientWidth: width, clientHeight: height } = scroller;
    const known = strip.view.peek();
    if (known.width !== width || known.height !== height) strip.view.value = { width, height };
  };
  const observer = new ResizeObserver(measure);
  observer.observe(scroller);
  if (scroller.firstElementChild) observer.observe(scroller.firstElementChild);
  measure();
  return () => observer.disconnect();
}
