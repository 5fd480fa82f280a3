/** The parts of the kind of input that is shown, and the switch between the recorded kinds. */
import type { Download, PanelContext } from "../../types";
import { Segmented } from "../../ui/Segmented";
import { into } from "./bind";
import { chosen, type Space } from "./settings";
import { recordedSpaces, shownSpace } from "./space";
import { SPACE_PARTS, type SpaceParts } from "./spaces";

interface Props {
  readonly context: PanelContext;
}

const partsFor = (context: PanelContext): SpaceParts => SPACE_PARTS[shownSpace(context)];

export function Main({ context }: Props) {
  const { Main: Shown } = partsFor(context);
  return <Shown context={context} />;
}

export function Detail({ context }: Props) {
  const { Detail: Shown } = partsFor(context);
  return <Shown context={context} />;
}

export function Controls({ context }: Props) {
  const recorded = recordedSpaces(context.series.value);
  const { Controls: Shown } = partsFor(context);
  return (
    <>
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
      <Shown context={context} />
    </>
  );
}

export function csv(context: PanelContext): Download | null {
  return partsFor(context).csv?.(context) ?? null;
}

export async function png(context: PanelContext): Promise<Download | null> {
  return (await partsFor(context).png?.(context)) ?? null;
}
