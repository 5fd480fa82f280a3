/** What the layers and sensitivities of A and B are compared by. */
import { computed } from "@preact/signals";
import { context } from "../../../context";
import { layerTracksOf } from "../../layers/tracks";
import { tracksOf as sensitivitiesOf } from "../../sensitivity/readings";
import { ends } from "../model";
import { layerPairs } from "./layers";
import { editPairs } from "./sensitivities";

const layerTracks = computed(() => layerTracksOf(context.series.value));
const sensitivities = computed(() => sensitivitiesOf(context.series.value));

export const layerTables = computed(() =>
  ends.value ? layerPairs(layerTracks.value, ends.value.a, ends.value.b) : [],
);

export const editTables = computed(() =>
  ends.value ? editPairs(sensitivities.value, ends.value.a, ends.value.b) : [],
);
