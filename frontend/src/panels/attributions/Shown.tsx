/** The parts of the kind of input and the view that are shown, and the switches between them. */
import { useKeys } from "../../keys";
import type { Download, PanelContext } from "../../types";
import { Segmented } from "../../ui/Segmented";
import { into } from "./bind";
import { VIEWS, view } from "./global/settings";
import { chosen, type Space } from "./settings";
import { recordedSpaces, shownSpace } from "./space";
import { SPACE_PARTS, type SpaceParts } from "./spaces";
import { shownView, VIEW_CHOICES } from "./views";

interface Props {
  readonly context: PanelContext;
}

const partsFor = (context: PanelContext): SpaceParts => SPACE_PARTS[shownSpace(context)];

export function Main({ context }: Props) {
  const shared = shownView();
  if (shared) return <shared.Main context={context} space={shownSpace(context)} />;
  const { Main: Shown } = partsFor(context);
  return <Shown context={context} />;
}

export function Detail({ context }: Props) {
  const Shown = shownView()?.Detail(shownSpace(context)) ?? partsFor(context).Detail;
  return <Shown context={context} />;
}

const VIEW_KEYS = [
  {
    key: "v",
    label: "next view: samples, overall, trust",
    run() {
      view.value = VIEWS[(VIEWS.indexOf(view.peek()) + 1) % VIEWS.length];
    },
  },
];

export function Controls({ context }: Props) {
  useKeys(VIEW_KEYS);
  const recorded = recordedSpaces(context.series.value);
  const { Controls: Shown } = partsFor(context);
  const shared = shownView();
  return (
    <>
      <h3>View</h3>
      <Segmented
        label="View"
        choices={VIEW_CHOICES}
        value={view.value}
        testId="attributions-view"
        onChange={into(view)}
      />
      {recorded.length > 1 && (
        <>
          <h3>Inputs</h3>
          <Segmented<Space>
            label="Inputs"
            choices={recorded.map((value) => ({ value, label: SPACE_PARTS[value].title }))}
            value={shownSpace(context)}
            testId="attributions-space"
            onChange={into(chosen.space)}
          />
        </>
      )}
      {shared ? (
        <shared.Controls context={context} space={shownSpace(context)} />
      ) : (
        <Shown context={context} />
      )}
    </>
  );
}

export function csv(context: PanelContext): Download | null {
  const shared = shownView();
  if (shared) return shared.csv(context, shownSpace(context));
  return partsFor(context).csv?.(context) ?? null;
}

export async function png(context: PanelContext): Promise<Download | null> {
  return (await (shownView() ?? partsFor(context)).png?.(context)) ?? null;
}
