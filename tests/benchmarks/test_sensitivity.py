"""What exact scans and estimates cost beside the naive loop, and how well estimates rank.

ResNet-20, 22 layers by 9 levels, one thread's CPU time. To be quick, scans take 128 or 256 of the
probe's 512 samples, rankings 128; a cell of the naive loop always costs one forward of all samples,
so that a few of its cells are timed for all. (All 198 cells with 512 samples, run by hand on two
Xeon cores with AMX: bitwise 2.5 times as fast as naive, fused 3.1, bf16 8.4.) The naive loop and
the inexact modes run 128 samples at once, the bitwise scan 64: each what is best for it.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from lightning_callbacks.sensitivity import correlation, estimate_sensitivity, scan_sensitivity
from lightning_callbacks.sensitivity.correlation import spearman
from tests.benchmarks import resnet20
from tests.benchmarks.figures import report
from tests.benchmarks.size import size

pytestmark = [pytest.mark.benchmark, pytest.mark.slow, pytest.mark.usefixtures("one_thread")]

# What a busy machine may take from a ratio in the small form: by themselves these give 2.4, 3.3,
# 8.3, 36 and 62, after all others 2.1, 2.7, 7.9, 35 and 59. The full form is held to the budget.
NOISE = size(0.8, 1.0)
LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
CELLS = 22 * len(LEVELS)
NETS = size((0,), (0, 1, 2))  # seeds, at 16 pixels a side
SCANNED = size(128, 256)  # samples


def multiplies_in_half_precision():
    about = Path("/proc/cpuinfo")
    return about.exists() and "amx_bf16" in about.read_text()


def seconds(run):
    start = time.process_time()
    result = run()
    return time.process_time() - start, result


@torch.no_grad()
def naive_cell(net, samples):
    """One cell of the naive loop without the edit: the whole model on all samples."""
    for chunk in samples[0].split(128):
        net(chunk)


def naive_seconds(net, samples, rounds=5):
    return CELLS * statistics.median(
        seconds(lambda: naive_cell(net, samples))[0] for _ in range(rounds)
    )


def by_cell(classes):
    """Returns [1 + cells, samples] of what was noted chunk by chunk, the unedited model first."""
    calls = 1 + CELLS
    parts = [torch.stack(classes[at : at + calls]) for at in range(0, len(classes), calls)]
    return torch.cat(parts, 1)


@pytest.fixture(scope="module")
def scans():
    """By mode: seconds, times naive, and the sensitivity; top-1 classes of every cell."""
    torch.set_num_threads(1)
    net, samples = resnet20.trained(32, 0), resnet20.probe(32, SCANNED)
    naive_cell(net, samples)
    found = {}
    for mode in ("bitwise", "fused", "bf16"):
        classes = []

        def right(outputs, labels, classes=classes):
            classes.append(outputs.argmax(1))
            return (classes[-1] == labels).double()

        before = naive_seconds(net, samples)
        options = {"mode": mode, "metric": right, "batch_statistics": False}
        options["chunk"] = 64 if mode == "bitwise" else 128
        taken, scan = seconds(
            lambda options=options: scan_sensitivity(net, samples, levels=LEVELS, **options)
        )
        ratio = statistics.mean([before, naive_seconds(net, samples)]) / taken
        found[mode] = (ratio, scan, by_cell(classes))
    return found


def test_the_bitwise_scan_is_twice_as_fast_as_the_naive_loop(scans):
    report("bitwise: times as fast as the naive loop", scans["bitwise"][0], least=NOISE * 2.3)


def test_the_fused_scan_is_three_times_as_fast_and_flips_no_prediction(scans):
    (_, exact, classes), (ratio, fused, fused_classes) = scans["bitwise"], scans["fused"]
    for measure in ("loss", "kl"):
        change = np.abs(exact.values[measure] - fused.values[measure]).max()
        report(f"fused: largest change of {measure}", change, most=1e-5)
    assert torch.equal(classes, fused_classes)
    report("fused: times as fast as the naive loop", ratio, least=NOISE * 3)


@pytest.mark.skipif(not multiplies_in_half_precision(), reason="half precision is slow here")
def test_the_scan_in_half_precision_ranks_as_the_exact_one(scans):
    (_, exact, _), (ratio, half, _) = scans["bitwise"], scans["bf16"]
    ranked = spearman(exact.values["kl"].ravel(), half.values["kl"].ravel())
    report("bf16: Spearman of KL with the exact scan", ranked, least=0.995)
    report("bf16: times as fast as the naive loop", ratio, least=NOISE * 8)


@pytest.mark.parametrize(("method", "least"), [("output_fisher", 15), ("weight_fisher", 50)])
def test_estimates_take_a_small_share_of_the_naive_loop(method, least):
    net, samples = resnet20.trained(32, 0), resnet20.probe(32, 512)
    rounds = [
        naive_seconds(net, samples, rounds=3)
        / seconds(lambda: estimate_sensitivity(net, samples, method=method, levels=LEVELS))[0]
        for _ in range(size(3, 5))
    ]
    report(
        f"{method}: times as fast as the naive loop",
        statistics.median(rounds),
        least=NOISE * least,
        spread=rounds,
    )


@pytest.fixture(scope="module")
def exact_scans():
    torch.set_num_threads(1)
    return [
        scan_sensitivity(resnet20.trained(16, seed), resnet20.probe(16, 128), levels=LEVELS)
        for seed in NETS
    ]


@pytest.mark.parametrize(("method", "least"), [("output_fisher", 0.90), ("weight_fisher", 0.85)])
def test_estimates_rank_layers_at_a_fixed_level(method, least, exact_scans):
    found = [
        correlation(
            estimate_sensitivity(
                resnet20.trained(16, seed), resnet20.probe(16, 128), method=method, levels=LEVELS
            ),
            exact,
        )
        for seed, exact in zip(NETS, exact_scans, strict=True)
    ]
    for name in ("overall", "across"):
        report(f"{method}: Spearman {name}", statistics.mean(one[name] for one in found))
    assert statistics.mean(one["across"] for one in found) >= least


@pytest.mark.parametrize(
    ("kind", "levels"), [("bits", (8, 6, 4, 3)), ("clusters", (64, 16, 8, 4)), ("n:m", None)]
)
def test_the_same_estimate_ranks_layers_for_other_edits(kind, levels):
    net, samples = resnet20.trained(16, 0), resnet20.probe(16, 128)
    given = {"kind": kind, "levels": levels}
    exact = scan_sensitivity(net, samples, batch_statistics=False, **given)
    found = correlation(estimate_sensitivity(net, samples, **given), exact)
    report(f"output_fisher, {kind}: Spearman across", found["across"])
    assert found["across"] >= 0.85
