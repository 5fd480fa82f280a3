"""The page defines every statistic, method and measure that a record can name."""

import json
import re
from pathlib import Path

import pytest

from lightning_callbacks import METHODS, activations, gradients, weights
from lightning_callbacks.attention import statistics as attention
from lightning_callbacks.quality import MEASURES
from lightning_callbacks.quality.drift import DRIFT
from lightning_callbacks.sensitivity import METHODS as ESTIMATES
from tb_explain.planning import ALLOCATORS

FILE = Path(__file__).parents[2] / "frontend/src/glossary/entries.json"
ENTRIES = json.loads(FILE.read_text("utf-8"))


def names_of(statistics):
    return {statistic.name for statistic in statistics}


RECORDED = {
    "gradients": names_of(gradients.STATISTICS + gradients.NOISE_STATISTICS),
    "weights": names_of(weights.STATISTICS),
    "activations": names_of(activations.STATISTICS),
    "methods": set(METHODS),
    "quality": {*MEASURES, *DRIFT},
    "attention": set(attention.STATISTICS),
    "estimates": set(ESTIMATES),
    "allocators": set(ALLOCATORS),
    "sensitivity": {"kl_batch", "kl", "loss", "metric", "repaired"},
    "outputs": {"accuracy", "ece", "nll", "mae", "rmse", "r2"},
}


@pytest.mark.parametrize("group", RECORDED)
def test_all_that_is_recorded_is_defined(group):
    undefined = {
        name
        for name in RECORDED[group]
        if not {name, re.sub(r"_?\d+$", "", name)} & set(ENTRIES[group])
    }
    assert not undefined


@pytest.mark.parametrize("group", ENTRIES)
def test_a_definition_is_a_formula_a_meaning_and_perhaps_a_source(group):
    for name, (formula, meaning, *source) in ENTRIES[group].items():
        assert formula, name
        assert meaning.endswith("."), name
        assert len(source) <= 1, name
        assert all(re.search(r"\d{4}", each) for each in source), name


def test_sources_are_those_of_the_methods_and_measures():
    recorded = [("methods", name, each.source) for name, each in METHODS.items()]
    recorded += [("quality", name, each.source) for name, each in MEASURES.items()]
    for group, name, source in recorded:
        said = "".join(ENTRIES[group].get(re.sub(r"_?\d+$", "", name), ["", "", ""])[2:])
        papers = re.findall(r"arXiv:[\d.]+|doi:\S+", source)
        ours = re.findall(r"arXiv:[\d.]+|doi:\S+", said)
        captum = "Captum" in source
        assert captum or not papers or set(ours) <= set(papers), (name, source, said)
