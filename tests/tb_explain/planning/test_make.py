import itertools
import time
from dataclasses import replace

import numpy as np
import pytest

from tb_explain.planning import (
    ALLOCATORS,
    Budget,
    Constraints,
    Layer,
    Plan,
    PlanError,
    Sensitivity,
    Unit,
    make_plan,
)
from tb_explain.planning.curves import curves

SHARES = np.array([0.25, 0.5, 0.75, 0.9, 0.99])


def scan(sizes, damage=None, edit="unstructured", seed=0, **more):
    """A sensitivity of units of `sizes`; damage rises ever faster, by random strengths."""
    rng = np.random.default_rng(seed)
    sizes = np.array(sizes)
    removed = np.minimum(np.rint(np.outer(sizes, SHARES)), sizes[:, None] - 1).astype(int)
    if damage is None:
        strength = rng.exponential(0.1, (len(sizes), 1))
        damage = strength * np.expm1(rng.uniform(1, 6, (len(sizes), 1)) * removed / sizes[:, None])
    units = [
        Unit(f"u{i}.weight", "Conv2d", [f"u{i}.weight"], int(n), int(n), 50 * int(n), 1e-4, (2, 3))
        for i, n in enumerate(sizes)
    ]
    values = {"kl": np.asarray(damage, float)}
    shares = np.linspace(0.02, 0.98, 49)
    table = np.rint(shares[:, None] * sizes).astype(int)
    given = {
        "removed": removed,
        "shares": shares,
        "counts": {"global_magnitude": table, "lamp": table},
        **more,
    }
    return Sensitivity(
        edit, units, SHARES, [str(s) for s in SHARES], 64, values, values, {}, **given
    )


def chain(widths, **more):
    """Channels of a chain of convolutions: each layer reads the group before."""
    layers = [
        Layer(f"l{i}", 9 * a * b, 900 * a * b, 1e-6 * a * b, i, [(i - 1, 1.0)] if i else [])
        for i, (a, b) in enumerate(itertools.pairwise([3, *widths]))
    ]
    head = Layer("head", 10 * widths[-1], 10 * widths[-1], 1e-6, None, [(len(widths) - 1, 1.0)])
    return scan(widths, edit="channel", layers=[*layers, head], **more)


def cuts(plan):
    return np.array([unit.cut for unit in plan.units])


def each_allocator(edit):
    return [name for name, one in ALLOCATORS.items() if edit in one.edits]


@pytest.mark.parametrize("allocator", each_allocator("unstructured"))
@pytest.mark.parametrize("keep", [0.9, 0.5, 0.123, 0.05])
def test_a_budget_of_weights_is_met_to_the_last_one(allocator, keep):
    found = scan([1000, 144, 4608, 36864, 17])
    plan = make_plan(found, Budget("parameters", keep), allocator)
    total = sum(unit.size for unit in found.units)
    assert total - cuts(plan).sum() == round(keep * total) == plan.predicted["parameters"]
    assert all(0 <= unit.cut < unit.size for unit in plan.units)


@pytest.mark.parametrize("allocator", each_allocator("channel"))
@pytest.mark.parametrize("of", ["parameters", "macs", "latency", "bytes"])
def test_a_budget_of_channels_is_never_exceeded_and_used_up(allocator, of):
    found = chain([16, 32, 32, 64], counts={"global_magnitude": _quarters([16, 32, 32, 64])})
    found = replace(found, shares=np.array([0.25, 0.5, 0.75]))
    kept = "seconds_kept" if of == "latency" else f"{of}_kept"
    plan = make_plan(found, Budget(of, 0.4), allocator)
    assert 0.36 < plan.predicted[kept] <= 0.4


@pytest.mark.parametrize("seed", range(6))
def test_the_knapsack_finds_what_enumeration_finds(seed):
    rng = np.random.default_rng(seed)
    found = scan(rng.integers(3, 12, 4), seed=seed)
    sizes = [unit.size for unit in found.units]
    for keep in (0.3, 0.6):
        budget = round(keep * sum(sizes))
        known = curves(found)
        options = [range(deepest + 1) for deepest in known.deepest]
        sums = {
            cut: known.at(np.array(cut)).sum()
            for cut in itertools.product(*options)
            if sum(sizes) - sum(cut) == budget
        }
        plan = make_plan(found, Budget("parameters", keep))
        assert plan.predicted["kl"] == pytest.approx(min(sums.values()), rel=1e-9)


@pytest.mark.parametrize("edit", ["unstructured", "channel"])
def test_no_rule_promises_less_damage_than_the_measured_curves(edit):
    for seed in range(5):
        found = (
            chain([16, 32, 48, 64], seed=seed)
            if edit == "channel"
            else scan([1000, 5000, 20000, 3000], seed=seed)
        )
        best = make_plan(found, Budget("macs", 0.4)).predicted["kl"]
        assert best <= make_plan(found, Budget("macs", 0.4), "uniform").predicted["kl"]


@pytest.mark.parametrize("edit", ["unstructured", "channel"])
@pytest.mark.parametrize("allocator", ["sensitivity", "uniform"])
def test_a_budget_of_damage_is_used_but_not_exceeded(edit, allocator):
    found = chain([16, 32, 64]) if edit == "channel" else scan([1000, 20000, 300])
    plan = make_plan(found, Budget("kl", 0.2), allocator)
    assert 0.1 < plan.predicted["kl"] <= 0.2 + 1e-9


def test_erk_is_the_papers_density():
    found = scan([10000, 10000])
    units = [replace(found.units[0], shape=(100, 100)), replace(found.units[1], shape=(10, 1000))]
    plan = make_plan(replace(found, units=units), Budget("parameters", 0.5), "erk")
    kept = 10000 - cuts(plan)
    assert kept[0] / kept[1] == pytest.approx((200 / 1e4) / (1010 / 1e4), rel=1e-3)


def test_tables_of_the_scan_are_followed_between_their_rows():
    found = scan([100, 100], shares=np.array([0.5]), counts={"lamp": np.array([[80, 20]])})
    assert cuts(make_plan(found, Budget("parameters", 0.5), "lamp")).tolist() == [80, 20]
    assert cuts(make_plan(found, Budget("parameters", 0.75), "lamp")).tolist() == [40, 10]


def test_constraints_are_kept():
    found = chain([16, 32, 64, 20])
    asked = Constraints(keep_first=True, multiple_of=8, minimum=16, frozen=["u1.weight"])
    for allocator in ("sensitivity", "uniform"):
        plan = make_plan(found, Budget("macs", 0.6), allocator, asked)
        left = np.array([unit.size - unit.cut for unit in plan.units])
        assert left[:2].tolist() == [16, 32]
        assert left[2] % 8 == 0
        assert left[3] in (16, 20)
    last = make_plan(found, Budget("macs", 0.6), constraints=Constraints(keep_last=True))
    assert last.units[-1].cut == 0


@pytest.mark.parametrize("edit", ["bits", "clusters"])
def test_bits_are_chosen_as_enumeration_would(edit):
    levels = np.array([8.0, 4.0, 2.0])
    sizes, rng = np.array([40, 100, 60]), np.random.default_rng(1)
    kl = np.sort(rng.exponential(1, (3, 3)), axis=1)
    base = scan(sizes)
    found = replace(
        base,
        edit=edit,
        levels=levels,
        level_names=["8 bits", "4 bits", "2 bits"],
        values={"kl": kl},
        errors={"kl": kl},
        removed=None,
        stored_bits=np.outer(sizes, levels),
        counts={},
        shares=np.zeros(0),
    )
    plan = make_plan(found, Budget("bytes", 0.15))
    every = np.column_stack([32 * np.ones(3), np.tile(levels, (3, 1))]) * sizes[:, None]
    damage = np.column_stack([np.zeros(3), kl])
    best = min(
        damage[range(3), option].sum()
        for option in itertools.product(range(4), repeat=3)
        if every[range(3), option].sum() <= 0.15 * 32 * sizes.sum()
    )
    assert plan.predicted["kl"] == pytest.approx(best)
    assert {unit.level_name for unit in plan.units} <= {"", *found.level_names}
    uniform = make_plan(found, Budget("bytes", 0.15), "uniform")
    assert {unit.level for unit in uniform.units} == {4.0}


def test_of_equal_zeros_the_pattern_that_damages_less_is_taken():
    kl = np.array([[0.3, 0.1], [0.2, 0.4]])
    found = replace(
        scan([64, 64]),
        edit="n:m",
        levels=np.array([0.5, 0.5]),
        level_names=["2:4", "4:8"],
        values={"kl": kl},
        errors={"kl": kl},
        removed=np.full((2, 2), 32),
        counts={},
        shares=np.zeros(0),
    )
    plan = make_plan(found, Budget("parameters", 0.5))
    assert [(unit.cut, unit.level_name) for unit in plan.units] == [(32, "4:8"), (32, "2:4")]


@pytest.mark.parametrize("allocator", each_allocator("n:m"))
@pytest.mark.parametrize("keep", [0.9, 0.7, 0.55])
def test_a_pattern_that_a_unit_cannot_take_is_never_planned(allocator, keep):
    kl = np.array([[np.nan, np.nan], [0.2, np.nan], [0.2, 0.1]])
    found = replace(
        scan([9, 64, 64]),
        edit="n:m",
        levels=np.array([0.5, 0.5]),
        level_names=["2:4", "4:8"],
        values={"kl": kl},
        errors={"kl": kl},
        removed=np.array([[0, 0], [32, 0], [32, 32]]),
        counts={},
        shares=np.zeros(0),
    )
    plan = make_plan(found, Budget("parameters", keep), allocator)
    assert plan.predicted["parameters_kept"] <= keep
    assert np.isfinite(plan.predicted["kl"])
    assert plan.units[0].cut == 0
    assert plan.units[1].level_name in ("", "2:4")
    with pytest.raises(PlanError, match="can be reached"):
        make_plan(found, Budget("parameters", 0.5), allocator)


def test_units_that_were_not_measured_stay_whole():
    kl = scan([100, 100]).values["kl"].copy()
    kl[1] = np.nan
    plan = make_plan(scan([100, 100], damage=kl), Budget("parameters", 0.6))
    assert plan.units[1].cut == 0
    uniform = make_plan(scan([100, 100], damage=kl), Budget("parameters", 0.6), "uniform")
    assert "kl" not in uniform.predicted


@pytest.mark.parametrize(
    ("change", "budget", "allocator", "words"),
    [
        ({}, Budget("parameters", 0.001), "sensitivity", "can be reached is 0.01"),
        ({}, Budget("latency", 0.5), "sensitivity", "leaves zeros in place"),
        ({}, Budget("parameters", 0.5), "magic", "Expect one of"),
        ({"counts": {}}, Budget("parameters", 0.5), "lamp", "no table"),
        ({"removed": None}, Budget("parameters", 0.5), "uniform", "removed"),
        ({"values": {}}, Budget("parameters", 0.5), "uniform", "KL"),
        ({"units": []}, Budget("parameters", 0.5), "uniform", "nothing to cut"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_the_reason(change, budget, allocator, words):
    found = scan([100, 100])
    if change.get("units") == []:
        change = {"units": [], "values": {}, "errors": {}, "removed": None}
    with pytest.raises(PlanError, match=words):
        make_plan(replace(found, **change), budget, allocator)


def test_unknown_frozen_units_are_named():
    with pytest.raises(PlanError, match="No unit is named"):
        make_plan(scan([9]), Budget("parameters", 0.5), constraints=Constraints(frozen=["x"]))


def test_one_name_may_be_frozen_as_a_text():
    asked = Constraints(frozen="u0.weight")
    assert asked == Constraints(frozen=("u0.weight",))
    plan = make_plan(chain([16, 32]), Budget("macs", 0.5), constraints=asked)
    assert plan.cuts["u0.weight"].cut == 0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Constraints(minimum=2.5), r"minimum must be a whole number .* not 2\.5"),
        (lambda: Constraints(minimum="2"), "minimum must be a whole number .* not '2'"),
        (lambda: Constraints(multiple_of=0), "multiple_of must be .* at least 1, not 0"),
        (lambda: Budget("macs", "0.5"), r"keeps a number, such as 0\.5, not '0\.5'"),
        (lambda: Budget("macs", None), "keeps a number.*not None"),
        (lambda: Budget("macs", float("nan")), "above 0 and at most 1, not nan"),
    ],
)
def test_numbers_that_are_none_are_said(make, words):
    with pytest.raises(PlanError, match=words):
        make()


def test_plans_survive_their_file():
    plan = make_plan(chain([16, 32]), Budget("macs", 0.5), source={"step": 3})
    assert Plan.from_json(plan.to_json()) == plan
    assert plan.source == {"samples": 64, "estimate": None, "step": 3}


@pytest.mark.parametrize("edit", ["unstructured", "channel"])
def test_a_plan_of_a_hundred_units_follows_a_slider(edit):
    rng = np.random.default_rng(0)
    sizes = rng.integers(16, 512, 100)
    found = chain(sizes) if edit == "channel" else scan(sizes * 100)
    times = []
    for keep in np.linspace(0.2, 0.8, 7):
        start = time.thread_time()
        make_plan(found, Budget("macs", float(keep)))
        times.append(time.thread_time() - start)
    assert np.median(times) < 0.05


def _quarters(sizes):
    return np.rint(np.outer([0.25, 0.5, 0.75], sizes)).astype(int)
