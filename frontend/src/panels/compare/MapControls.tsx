/** Which maps are compared. */
import { Select } from "../../ui/Select";
import { into } from "../attributions/bind";
import type { Space } from "../attributions/settings";
import { options, question, space, spaces } from "./model";
import { chosen } from "./settings";

export function MapControls() {
  const { methods, titles, targets, layers } = options.value;
  if (methods.length === 0) return null;
  const { method, target } = question.value;
  return (
    <>
      <h3>Maps</h3>
      {spaces.value.length > 1 && (
        <Select<Space>
          label="Inputs"
          choices={spaces.value.map((value) => ({ value, label: value }))}
          value={space.value}
          testId="compare-space"
          onChange={into(chosen.space)}
        />
      )}
      <Select
        label="Method"
        choices={methods.map((value) => ({ value, label: titles.get(value) ?? value }))}
        value={method}
        testId="compare-method"
        onChange={into(chosen.method)}
      />
      {targets.length > 1 && (
        <Select
          label="Target"
          choices={targets.map((value) => ({ value, label: value }))}
          value={target}
          testId="compare-target"
          onChange={into(chosen.target)}
        />
      )}
      {layers.length > 1 && (
        <Select
          label="Layer"
          choices={[
            { value: "", label: "last of each run" },
            ...layers.map((value) => ({ value, label: value })),
          ]}
          value={chosen.layer.value ?? ""}
          testId="compare-layer"
          onChange={(value) => {
            chosen.layer.value = value === "" ? null : value;
          }}
        />
      )}
    </>
  );
}
