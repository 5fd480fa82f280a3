/** Which methods, layer and target are shown, among those that were recorded. */

import { Check } from "../../ui/Check";
import { Select } from "../../ui/Select";
import { Term } from "../../ui/Term";
import { into, plain } from "./bind";
import type { Model } from "./model";
import { chosen } from "./settings";

export function Methods({ model }: { model: Model }) {
  const recorded = model.options.value.methods;
  const shown = model.methods.value;
  const set = (method: string, checked: boolean) => {
    const next = recorded.filter((each) => (each === method ? checked : shown.includes(each)));
    if (next.length > 0) chosen.methods.value = next;
  };
  return (
    <>
      <div class="methods" data-testid="attributions-methods">
        {recorded.map((method) => (
          <div key={method} class="with-term">
            <Check
              label={model.options.value.titles.get(method) ?? method}
              checked={shown.includes(method)}
              testId={`method-${method}`}
              onChange={(checked) => set(method, checked)}
            />
            <Term group="methods" name={method} label="?" />
          </div>
        ))}
      </div>
      {model.options.value.layers.length > 0 && <Layer layers={model.options.value.layers} />}
      <Select
        label="Target"
        choices={plain(model.options.value.targets)}
        value={model.target.value}
        testId="attributions-target"
        onChange={into(chosen.target)}
      />
    </>
  );
}

const OWN = ""; // of the list of layers: no choice

function Layer({ layers }: { layers: readonly string[] }) {
  const several = layers.length > 1;
  return (
    <Select
      label="Layer"
      choices={[
        { value: OWN, label: several ? "last of each run" : (layers[0] ?? "") },
        ...(several ? plain(layers) : []),
      ]}
      value={chosen.layer.value ?? OWN}
      testId="attributions-layer"
      onChange={(value) => {
        chosen.layer.value = value === OWN ? null : value;
      }}
    />
  );
}
