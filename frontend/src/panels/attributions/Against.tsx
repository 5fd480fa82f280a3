/** What a difference is from. */
import type { Choice } from "../../ui/Segmented";
import { Select } from "../../ui/Select";
import { into, plain } from "./bind";
import type { Model } from "./model";
import { drawn, type Reference } from "./settings";

const MOMENTS: readonly Choice<Reference>[] = [
  { value: "previous", label: "previous record" },
  { value: "untrained", label: "untrained model" },
  { value: "epoch", label: "an epoch" },
];

export function Against({ model }: { model: Model }) {
  const { kind, epoch, run } = model.against.value;
  const names = model.runs.value.map((each) => each.run);
  return (
    <>
      <Select
        label="Against"
        choices={[...MOMENTS, { value: "run", label: "another run", disabled: names.length < 2 }]}
        value={kind}
        testId="attributions-against"
        onChange={into(drawn.against)}
      />
      {kind === "epoch" && (
        <Select
          label="Epoch"
          choices={plain(trainedEpochs(model).map(String))}
          value={String(epoch)}
          testId="attributions-against-epoch"
          onChange={(value) => {
            drawn.againstEpoch.value = Number(value);
          }}
        />
      )}
      {kind === "run" && (
        <Select
          label="Run"
          choices={plain(names)}
          value={run ?? ""}
          testId="attributions-against-run"
          onChange={into(drawn.againstRun)}
        />
      )}
    </>
  );
}

function trainedEpochs(model: Model): number[] {
  const moments = model.runs.value.flatMap((run) => run.moments);
  const epochs = new Set(moments.flatMap(({ epoch }) => (epoch < 0 ? [] : [epoch])));
  return [...epochs].sort((a, b) => a - b);
}
