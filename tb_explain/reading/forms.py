"""What values of JSON may look like, as functions that say whether one does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Form = Callable[[Any], bool]


def text(value: Any) -> bool:
    """Any text."""
    return isinstance(value, str)


def whole(value: Any) -> bool:
    """A whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def count(value: Any) -> bool:
    """A whole number from zero up."""
    return whole(value) and value >= 0


def number(value: Any) -> bool:
    """A number."""
    return whole(value) or isinstance(value, float)


def numeric(value: Any) -> bool:
    """A number, or the text that stands for one that JSON lacks."""
    return number(value) or value in ("NaN", "Infinity", "-Infinity")


def flag(value: Any) -> bool:
    """True or false."""
    return isinstance(value, bool)


def maybe(form: Form) -> Form:
    """Null, or what `form` says."""
    return lambda value: value is None or form(value)


def one_of(*values: Any) -> Form:
    """One of `values`, of the same type."""
    return lambda value: any(type(value) is type(each) and value == each for each in values)


def listed(form: Form, length: int | None = None) -> Form:
    """A list of such, of `length` if that is given."""
    return lambda value: (
        isinstance(value, list) and length in (None, len(value)) and all(map(form, value))
    )


def mapped(form: Form) -> Form:
    """An object, under whatever names, of such."""
    return lambda value: isinstance(value, dict) and all(map(form, value.values()))


def described(**forms: Form) -> Form:
    """An object with such fields, and others."""
    return lambda value: isinstance(value, dict) and not faults(value, forms)


def faults(fields: Any, forms: dict[str, Form]) -> Sequence[str]:
    """Returns the names of `fields` that are not as `forms` says; what is not there is null."""
    return [name for name, form in forms.items() if not form(fields.get(name))]
