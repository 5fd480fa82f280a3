"""What was promised of costs, and which figures say whether it is kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """A promise, and the figures that it is held against.

    Attributes:
      promise: in words.
      figures: patterns (regular expressions) of the names of figures, each of which must be found.
      reason: where it is not kept, why, and what was reached; "" while it is.
    """

    promise: str
    figures: tuple[str, ...]
    reason: str = ""


BUDGETS = (
    Budget(
        "Default monitors together, once per epoch: at most 2 % of the training time",
        (r"one record per epoch, share of training time", r"explain\(standard\), share.*"),
    ),
    Budget(
        "Histograms of gradients and weights every 50 steps: at most 1 % of the training time",
        (r".*: gradients and weights every 50 steps, share of training time",),
    ),
    Budget(
        "`explain()` keeps 98 % of the throughput of the benchmarks' networks",
        (r".*: throughput with explain\(\) / without, in pairs",),
    ),
    Budget("Event file, default monitors: at most 0.3 MB per epoch", (r".*: event file",)),
    Budget(
        "Records of maps against overlay PNGs: 100 times smaller at 224 pixels, 8 times at 28",
        (r"bytes of overlay PNGs / of a record.*",),
    ),
    Budget(
        "Grad-CAM of several layers and variants: within 1.3 of one map's time",
        (r"time of 15 maps / of 1",),
    ),
    Budget(
        "Exact sensitivity scan: 2.3 times as fast as the naive loop, 3 with BatchNorm folded",
        (r"bitwise: times as fast.*", r"fused: times as fast.*"),
    ),
    Budget(
        "Estimates of sensitivity: 15 times as fast", (r"(output|weight)_fisher: times as fast.*",)
    ),
    Budget(
        "A panel of 10 runs x 100 epochs x 64 samples: server below 150 ms, drawn within 1 s",
        (r".*: a panel of ten runs, warm", r".*: drawn after the bytes arrived"),
    ),
    Budget(
        "100 runs x 200 epochs x 64 samples: catalog below 300 ms (cold 3 s), panel in 1.5 s, "
        "a step of the scrubber in 100 ms, memory within 1.5 of the bytes on disk",
        (
            r".*: catalog of a hundred runs, warm",
            r".*: catalog of a hundred runs, cold",
            r"a hundred runs: first panel of .*",
            r"a hundred runs: a step of the scrubber in .*",
            r".*: memory with a hundred runs, in bytes on disk",
        ),
    ),
    Budget(
        "Maps of 512 x 512 pixels: panel in 1.5 s, a step of the scrubber in 100 ms",
        (
            r"maps of 512 x 512: first panel of .*",
            r"maps of 512 x 512: a step of the scrubber in .*",
        ),
    ),
    Budget("A record costs the same at any epoch", (r"record .*, in the time of record .*",)),
    Budget("TensorBoard starts at most 50 ms later", (r"added to start-up",)),
    Budget("The page and its largest panel: at most 120 KB", (r"page and largest panel.*",)),
)
