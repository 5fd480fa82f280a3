/** Which units are dead at the scrubber: of the chosen layer, and where else. */
import { count, plural } from "../../format";
import type { PanelContext } from "../../types";
import { deadUnits, unitsInWords } from "./dead-units";
import { layer, level, readingAt, trackName, tracks } from "./model";
import type { Track } from "./tracks";

interface Props {
  readonly row: string;
  readonly context: PanelContext;
}

export function Dead({ row, context }: Props) {
  const watched = tracks.value.filter(({ readings }) => readings.some(({ dead }) => dead.length));
  if (watched.length === 0) return null;
  return (
    <section aria-label="Dead units" data-testid="layers-dead">
      <h3>Dead units</h3>
      {watched.map((track) => (
        <DeadIn key={trackName(track)} track={track} row={row} context={context} />
      ))}
    </section>
  );
}

const OTHERS = 8; // layers listed

function DeadIn({ track, row, context }: Props & { readonly track: Track }) {
  const reading = track.readings[readingAt(track)];
  if (!reading) return null;
  const found = deadUnits(reading, level.value);
  const own = found.get(row) ?? [];
  const others = [...found].filter(([name]) => name !== row);
  const units = own.flatMap((layers) => layers.units);
  return (
    <div class="ly-dead">
      <p>
        <span class="dot" style={{ background: context.runColour(track.run) }} title={track.run} />{" "}
        {units.length === 0 ? "none here" : `${plural(units.length, "unit")} here: `}
        <span class="num">
          {own
            .map(({ name, units: each }) =>
              own.length > 1 ? `${name} ${unitsInWords(each)}` : unitsInWords(each),
            )
            .join("; ")}
        </span>
      </p>
      {others.slice(0, OTHERS).map(([name, layers]) => (
        <button
          key={name}
          type="button"
          class="plain ly-goto"
          onClick={() => {
            layer.value = name;
          }}
        >
          {count(layers.reduce((sum, { units: each }) => sum + each.length, 0))} in {name}
        </button>
      ))}
      {others.length > OTHERS && <p class="mute">and {others.length - OTHERS} more layers</p>}
    </div>
  );
}
