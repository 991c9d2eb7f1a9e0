"""The questions that many checks and rules ask, by the names of columns: see `features`."""

import numpy as np

from services.gold.rubric.features import Features, Mask, Test


def never(of: Features) -> Mask:
    """No product, whatever it says."""
    return np.zeros(of.height, dtype=np.bool_)


def given(column: str) -> Test:
    """There is a value."""
    return lambda of: of.given(column)


def absent(column: str) -> Test:
    """There is no value."""
    return lambda of: of.absent(column)


def placeholder(column: str) -> Test:
    """The whole value stands for "nothing"."""
    return lambda of: of.placeholder(column)


def filler(column: str) -> Test:
    """The text is a placeholder or holds blind text."""
    return lambda of: of.placeholder(column) | of.reads("filler", column)


def shouting(column: str) -> Test:
    """The text is all in capitals."""
    return lambda of: of.reads("shouting", column)


def markup(column: str) -> Test:
    """HTML is left in the text."""
    return lambda of: of.reads("markup", column)


def promotional(column: str) -> Test:
    """The text advertises."""
    return lambda of: of.reads("promotional", column)


def linking(column: str) -> Test:
    """A web or mail address stands in the text."""
    return lambda of: of.reads("linking", column)


def same_text(column: str, other: str) -> Test:
    """One text is the other, but for case."""
    return lambda of: of.same_text(column, other)


def shorter(column: str, limit: int) -> Test:
    """The text has fewer characters."""
    return lambda of: of.chars(column) < limit


def longer(column: str, limit: int) -> Test:
    """The text has more characters."""
    return lambda of: of.chars(column) > limit


def found(name: str) -> Test:
    """What was looked for under this name."""

    def test(of: Features) -> Mask:
        mask: Mask = of[name]
        return mask

    return test


def below(name: str, limit: int) -> Test:
    """The number of this name is there and smaller."""
    return lambda of: of[name] < limit


def above(name: str, limit: int) -> Test:
    """The number of this name is there and larger."""
    return lambda of: of[name] > limit


def exactly(name: str, number: int) -> Test:
    """The number of this name is there and just that."""
    return lambda of: of[name] == number
