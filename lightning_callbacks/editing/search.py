"""Improving cuts by measuring them jointly: transfers between units, a greedy walk over widths.

They know a problem, which says what is allowed and what it costs, and a judge; nothing of models.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tb_explain.planning.problem import Problem

Judged = Callable[[np.ndarray], float]
# How much of what the smaller of two units keeps moves at once.
_SHARES = (0.4, 0.2, 0.1)
# Into how many steps the greedy walk divides a group.
_STEPS = 8
_SEED = 20_170_801  # any fixed number: the same plan each time


def transfer(problem: Problem, judge: Judged, cuts: np.ndarray, trials: int) -> np.ndarray:
    """Returns `cuts` after the best of `trials` pairwise transfers, each kept if `judge` falls.

    One unit is cut more and another less, so that the costs stay within the budget; what helped is
    tried again.
    """
    move = _exchanged if problem.multiplying else _moved
    rng = np.random.default_rng(_SEED)
    best, lowest = cuts, judge(cuts)
    pair = None
    for _ in range(trials):
        more, less, share = pair or (*rng.choice(len(cuts), 2, replace=False), rng.choice(_SHARES))
        tried = move(problem, best, int(more), int(less), float(share))
        pair = None
        if tried is not None and (found := judge(tried)) < lowest:
            best, lowest, pair = tried, found, (more, less, share)
    return best


def _moved(
    problem: Problem, cuts: np.ndarray, more: int, less: int, share: float
) -> np.ndarray | None:
    """Returns cuts with `more` cut further and `less` given back; None if nothing can move."""
    price = problem.costs.saved(0 * cuts, np.ones_like(cuts))
    kept = (problem.sizes - cuts) * price
    most = min((problem.most - cuts)[more] * price[more], cuts[less] * price[less])
    amount = min(share * min(kept[more], kept[less]), most)
    tried = cuts.copy()
    tried[more] += int(amount / price[more])
    # To the last weight: what one saves, the other may cost.
    room = problem.capacity - problem.costs.of(tried)
    tried[less] -= min(int(room / price[less] + 1e-9), int(cuts[less]))
    moved = tried[more] > cuts[more] and tried[less] < cuts[less]
    return tried if moved and problem.meets(tried) else None


def _exchanged(
    problem: Problem, cuts: np.ndarray, more: int, less: int, share: float
) -> np.ndarray | None:
    """The same of widths: `more` is cut until what `less` was given back is paid for."""
    tried = cuts.copy()
    # No more than a step of the walk, of which these are corrections.
    tried[less] -= max(1, int(share * min(cuts[less], 2 * problem.sizes[less] / _STEPS)))
    tried = problem.snapped(np.maximum(tried, 0))
    while not problem.meets(tried):
        if tried[more] >= problem.most[more]:
            return None
        tried[more] += problem.step
        tried = problem.snapped(tried)
    return tried if tried[less] < cuts[less] else None


def walk(problem: Problem, judge: Judged) -> np.ndarray:
    """Returns cuts within the budget by a greedy walk whose steps are measured jointly.

    The step that raises `judge` least per cost saved is next. What a step raises is measured anew
    only when it seems to be the best one: it seldom falls as others go before it.
    """
    sizes = len(problem.sizes)
    cuts = np.zeros(sizes, dtype=np.int64)
    now, rates = judge(cuts), np.full(sizes, -np.inf)
    fresh = np.zeros(sizes, bool)
    while not problem.meets(cuts) or problem.budget.of == "kl":
        unit = int(rates.argmin())
        if np.isinf(rates[unit]) and rates[unit] > 0:
            break
        ahead = _step(problem, cuts, unit)
        if ahead is None:
            rates[unit] = np.inf
            continue
        if fresh[unit]:
            cuts, now = ahead, judge(ahead)
            fresh[:] = False
            continue
        rates[unit] = _rate(problem, judge, cuts, ahead, now)
        fresh[unit] = True
    return cuts


def _rate(
    problem: Problem, judge: Judged, cuts: np.ndarray, ahead: np.ndarray, now: float
) -> float:
    found = judge(ahead)
    if problem.budget.of == "kl" and found > problem.budget.keep:
        return np.inf
    return (found - now) / max(problem.costs.of(cuts) - problem.costs.of(ahead), 1e-300)


def _step(problem: Problem, cuts: np.ndarray, unit: int) -> np.ndarray | None:
    """Returns cuts with the next step of `unit`, no larger than the budget needs; None: the end."""
    width = -(-int(problem.sizes[unit]) // (_STEPS * problem.step)) * problem.step
    ahead = _cut_more(problem, cuts, unit, width)
    if problem.budget.of != "kl" and problem.meets(ahead):
        lengths = range(problem.step, width + 1, problem.step)
        steps = (_cut_more(problem, cuts, unit, length) for length in lengths)
        ahead = next(one for one in steps if problem.meets(one))
    return ahead if ahead[unit] > cuts[unit] else None


def _cut_more(problem: Problem, cuts: np.ndarray, unit: int, length: int) -> np.ndarray:
    ahead = cuts.copy()
    ahead[unit] += length
    return problem.snapped(ahead)
