/** The views that all kinds of inputs share: what samples have in common, and what can be believed. */
import type { ComponentType } from "preact";
import type { Download, PanelContext } from "../../types";
import { csv as overallCsv } from "./global/csv";
import { FeatureDetail } from "./global/FeatureDetail";
import { Overall } from "./global/Overall";
import { OverallControls } from "./global/OverallControls";
import { type View, view } from "./global/settings";
import overallStyle from "./global/style.css";
import { Methods } from "./Methods";
import { modelOf } from "./model";
import { csv as qualityCsv } from "./quality/csv";
import qualityStyle from "./quality/style.css";
import { Trust } from "./quality/Trust";
import type { Space } from "./settings";
import { png } from "./tabular/png";

interface Props {
  readonly context: PanelContext;
  readonly space: Space;
}

export interface ViewParts {
  readonly Controls: ComponentType<Props>;
  readonly Main: ComponentType<Props>;
  /** Null: the sample in depth, as of the other view. */
  Detail(space: Space): ComponentType<{ context: PanelContext }> | null;
  csv(context: PanelContext, space: Space): Download | null;
  png(): Promise<Download | null>;
}

function TrustControls({ context, space }: Props) {
  return (
    <div class="controls">
      <h3>Method</h3>
      <Methods model={modelOf(context, space)} />
    </div>
  );
}

const PARTS: Readonly<Record<Exclude<View, "samples">, ViewParts>> = {
  overall: {
    Controls: OverallControls,
    Main: Overall,
    Detail: (space) => (space === "tabular" ? FeatureDetail : null),
    csv: overallCsv,
    png,
  },
  trust: { Controls: TrustControls, Main: Trust, Detail: () => null, csv: qualityCsv, png },
};

export const VIEW_CHOICES = [
  { value: "samples", label: "samples", title: "What each prediction rests on" },
  { value: "overall", label: "overall", title: "What many predictions have in common" },
  { value: "trust", label: "trust", title: "How far each method can be believed" },
] as const;

/** Returns what draws the chosen view; null: the samples, which each kind of input draws itself. */
export function shownView(): ViewParts | null {
  return view.value === "samples" ? null : PARTS[view.value];
}

export const viewStyle = overallStyle + qualityStyle;
