"""Answers that are kept, because prices, names and headers come again and again."""

from collections.abc import Callable, Sized
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar

_Subject = TypeVar("_Subject", bound=Sized)
_More = ParamSpec("_More")
_Answer = TypeVar("_Answer")


def remembered(
    entries: int, longest: int
) -> Callable[[Callable[Concatenate[_Subject, _More], _Answer]], Callable[Concatenate[_Subject, _More], _Answer]]:
    """Keep what a function says of its first argument, at most `entries` answers.

    A subject longer than `longest` (characters of a text, names of a tuple) is answered and not kept: a cell may have a
    megabyte, and thousands of those would stay for the life of the process.
    """

    def decorate(
        function: Callable[Concatenate[_Subject, _More], _Answer],
    ) -> Callable[Concatenate[_Subject, _More], _Answer]:
        kept = lru_cache(maxsize=entries)(function)

        @wraps(function)
        def answer(subject: _Subject, /, *args: _More.args, **kwargs: _More.kwargs) -> _Answer:
            if len(subject) > longest:
                return function(subject, *args, **kwargs)
            return kept(subject, *args, **kwargs)  # type: ignore[arg-type]  # lru_cache asks for hashable ones

        return answer

    return decorate
