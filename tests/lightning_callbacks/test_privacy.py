"""Differential privacy: clipping, noise and accounting, against the formulas."""

import dp_accounting
import numpy as np
import pytest
from dp_accounting import rdp

from lightning_callbacks.privacy import DifferentialPrivacy, Ledger, PrivacyError, clip_rows


def test_vectors_longer_than_the_clip_are_scaled_to_it_and_others_stay():
    vectors = np.array([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0]])
    clipped = clip_rows(vectors, 1.0)
    np.testing.assert_allclose(clipped, [[0.6, 0.8], [0.3, 0.4], [0, 0], [0, 0], [0, 0]])


def test_the_noise_is_the_calibrated_multiple_of_the_sensitivity():
    ledger = Ledger(DifferentialPrivacy(epsilon=2.0, delta=1e-5, clip=0.5, releases=2000))
    vectors = np.random.default_rng(0).normal(size=(40, 50))
    exact = clip_rows(vectors, 0.5).mean(axis=0)
    noise = np.concatenate([ledger.mean(vectors) - exact for _ in range(400)])
    assert abs(noise.mean()) < 4 * ledger.noise(40) / np.sqrt(noise.size)
    assert noise.std() == pytest.approx(ledger.noise(40), rel=0.03)
    assert ledger.noise(40) == pytest.approx(ledger.multiplier * 2 * 0.5 / 40)


def test_two_ledgers_never_draw_the_same_noise():
    vectors = np.zeros((10, 3))
    budget = DifferentialPrivacy(epsilon=1.0, delta=1e-5, clip=1.0)
    one, other = (Ledger(budget).mean(vectors) for _ in range(2))
    assert (one != other).all()


def test_releases_add_up_in_the_accountant_to_the_budget():
    budget = DifferentialPrivacy(epsilon=3.0, delta=1e-6, clip=1.0, releases=4)
    ledger = Ledger(budget)
    spent = [ledger.spent]
    for _ in range(4):
        ledger.mean(np.zeros((10, 3)))
        spent.append(ledger.spent)
    assert spent == sorted(spent)
    assert spent[0] == 0
    assert spent[-1] == pytest.approx(3.0, rel=1e-3)
    accountant = rdp.RdpAccountant()
    accountant.compose(dp_accounting.GaussianDpEvent(ledger.multiplier), 2)
    assert spent[2] == pytest.approx(accountant.get_epsilon(1e-6))


def test_nothing_is_released_beyond_the_budget():
    ledger = Ledger(DifferentialPrivacy(epsilon=1.0, delta=1e-5, clip=1.0))
    ledger.mean(np.zeros((10, 3)))
    with pytest.raises(PrivacyError, match=r"All 1 releases .*epsilon 1\) have been made"):
        ledger.mean(np.zeros((10, 3)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epsilon": 0}, "epsilon must be positive, not 0"),
        ({"delta": 1.0}, "delta must be between 0 and 1"),
        ({"clip": -1}, "clip must be positive"),
        ({"releases": 0}, "releases must be 1 or more"),
    ],
)
def test_budgets_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        DifferentialPrivacy(**{"epsilon": 1.0, "delta": 1e-5, "clip": 1.0, **options})
