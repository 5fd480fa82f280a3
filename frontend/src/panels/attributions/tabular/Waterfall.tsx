/** How one sample's features lead from the base value to the output. */
import { exact } from "../../layers/draw";
import type { TooltipText } from "../../layers/Tooltip";
import { BROKEN, SUSPECT } from "../account";
import { type Breakdown, endOf, type Step } from "./breakdown";
import { featureWords, valueWords } from "./features";
import { useTooltip } from "./hover";
import { barColour } from "./ink";
import { featureAt, type Reading } from "./readings";
import { attributedWords, signedWords } from "./words";

interface Props {
  readonly reading: Reading;
  readonly breakdown: Breakdown;
  /** [low, high] of the axis, shared by all that are of one unit. */
  readonly span: readonly [number, number];
  readonly dark: boolean;
  /** Name of the feature in depth. */
  readonly feature: string | null;
  onPick(feature: string): void;
}

export function Waterfall({ reading, breakdown, span, dark, feature, onPick }: Props) {
  const { tooltip, tells } = useTooltip();
  const place = (value: number) => `${(100 * (value - span[0])) / (span[1] - span[0])}%`;
  const { base, steps, sum, cumulative } = breakdown;
  const end = endOf(breakdown);
  const missing = sum && sum.error > SUSPECT ? sum.output - end : null;
  return (
    <div class="att-fall" data-testid="waterfall" style={{ "--base": place(base) }}>
      {cumulative && (
        <div class="att-step mute" title={`What values add up from: ${exact(base)}`}>
          <span class="clip">base value{baselineWords(reading)}</span>
          <span class="att-lane" />
          <span class="num" data-testid="waterfall-base">
            {signedWords(base)}
          </span>
        </div>
      )}
      {steps.map((step) => (
        <Bar
          key={step.feature ?? "rest"}
          {...{ step, dark, place, reading, feature, onPick, cumulative }}
          tells={tells(() => toldOf(step, reading))}
        />
      ))}
      {missing !== null && sum && (
        <div class="att-step" data-testid="waterfall-missing" title={exact(missing)}>
          <span class={sum.error > BROKEN ? "bad" : "warn"}>not accounted for</span>
          <span class="att-lane">
            <i class="att-bar missing" style={barStyle(end, missing, place)} />
          </span>
          <span class="num">{signedWords(missing)}</span>
        </div>
      )}
      {sum && (
        <div class="att-step att-total" title={`${reading.target}: ${exact(sum.output)}`}>
          <b class="clip">{reading.target}</b>
          <span class="att-lane">
            <i class="att-mark" style={{ left: place(sum.output) }} />
          </span>
          <b class="num" data-testid="waterfall-output">
            {signedWords(sum.output)}
          </b>
        </div>
      )}
      {tooltip}
    </div>
  );
}

function baselineWords({ source }: Reading): string {
  return source.account?.baseline ? ` (${source.account.baseline})` : "";
}

interface BarProps {
  readonly step: Step;
  readonly reading: Reading;
  readonly dark: boolean;
  readonly feature: string | null;
  readonly cumulative: boolean;
  readonly tells: object;
  place(value: number): string;
  onPick(feature: string): void;
}

function Bar({ step, reading, dark, feature, cumulative, tells, place, onPick }: BarProps) {
  const { value, from } = step;
  const name = step.feature === null ? null : reading.table.features[step.feature].name;
  return (
    <div
      class={`att-step ${name !== null && name === feature ? "on" : ""}`}
      data-testid="waterfall-step"
      data-feature={name ?? "rest"}
      {...tells}
    >
      <Label step={step} reading={reading} onPick={onPick} />
      <span class="att-lane">
        <i
          class="att-bar"
          style={{ ...barStyle(from, value, place), background: barColour(reading, value, dark) }}
        />
        {cumulative && <i class="att-join" style={{ left: place(from + value) }} />}
      </span>
      <span class="num">{attributedWords(reading, value)}</span>
    </div>
  );
}

function Label({ step, reading, onPick }: Pick<BarProps, "step" | "reading" | "onPick">) {
  if (step.feature === null) return <span class="mute clip">{step.count} others</span>;
  const { feature, value } = featureAt(reading, step.feature);
  const words = valueWords(feature, value);
  return (
    <button
      type="button"
      class="plain clip"
      title={featureWords(feature, value)}
      onClick={() => onPick(feature.name)}
    >
      {feature.name}
      {words && <span class="mute">{feature.categories ? ` = ${words}` : ` ${words}`}</span>}
    </button>
  );
}

/** A bar has a width even where its value is too small for one. */
function barStyle(from: number, value: number, place: (value: number) => string) {
  const [low, high] = [Math.min(from, from + value), Math.max(from, from + value)];
  if (!Number.isFinite(value)) return { display: "none" };
  return { left: place(low), width: `max(1px, calc(${place(high)} - ${place(low)}))` };
}

function toldOf({ feature, count, value, from }: Step, reading: Reading): TooltipText {
  const { source } = reading;
  const facts: [string, string][] = [["attribution", `${exact(value)} ${source.unit}`]];
  if (source.signed && from !== 0) facts.push(["leads to", exact(from + value)]);
  if (feature === null) return { title: `${count} other features together`, facts };
  const { feature: about, value: own } = featureAt(reading, feature);
  const words = about.categories ? valueWords(about, own) : `${exact(own)} ${about.unit ?? ""}`;
  facts.unshift(["value", Number.isNaN(own) ? "not stored" : words]);
  return { title: about.name, facts };
}
