"""What a plan may be asked for, and how everything else is refused."""

import pytest
from tensorboard import errors
from werkzeug.datastructures import MultiDict

from tb_explain import planning
from tb_explain.plan_query import PlanQuery

LEAST = {"run": "clean", "monitor": "m", "step": "100", "of": "macs", "keep": "0.5"}


def parsed(*more, **changed):
    pairs = [*{**LEAST, **changed}.items(), *more]
    return PlanQuery.parse(MultiDict([(name, value) for name, value in pairs if value is not None]))


def test_what_is_not_said_is_left_alone():
    query = parsed()
    assert query.budget == planning.Budget("macs", 0.5)
    assert (query.run, query.monitor, query.step) == ("clean", "m", 100)
    assert query.allocator == "sensitivity"
    assert query.constraints == planning.Constraints(frozen=())


def test_constraints_are_taken_as_they_are_said():
    frozen = (("frozen", "a"), ("frozen", "größe.<b>"))
    query = parsed(*frozen, keep_first="1", keep_last="0", multiple_of="8", minimum="16")
    assert query.constraints == planning.Constraints(True, False, 8, 16, ("a", "größe.<b>"))


@pytest.mark.parametrize("name", LEAST)
def test_what_a_plan_needs_is_asked_for_by_name(name):
    with pytest.raises(errors.InvalidArgumentError, match=f"{name}="):
        parsed(**{name: None})


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"keep": "nan"}, "a number such as"),
        ({"keep": "-1"}, "a number such as"),
        ({"keep": "1e999"}, "a number such as"),
        ({"keep": "1.5"}, "a share above 0 and at most 1"),
        ({"keep": "0"}, "a share above 0"),
        ({"of": "hats"}, "Unknown budget 'hats'"),
        ({"step": "-1"}, "a whole number"),
        ({"step": "1_000"}, "a whole number"),
        ({"step": "٣"}, "a whole number"),
        ({"minimum": "9" * 5000}, "a whole number"),
        ({"multiple_of": "0"}, "multiple_of must be a whole number of at least 1, not 0"),
        ({"keep_first": "yes"}, "not 0 or 1"),
        ({"path": "/etc/passwd"}, "'path' is not asked of a plan"),
    ],
)
def test_anything_else_is_refused_in_words(changed, words):
    with pytest.raises(errors.InvalidArgumentError, match=words):
        parsed(**changed)


def test_only_frozen_may_be_there_twice():
    with pytest.raises(errors.InvalidArgumentError, match="of is there 2 times"):
        parsed(("of", "kl"))
