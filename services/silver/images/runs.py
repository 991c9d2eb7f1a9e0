"""The image checks of a run, partition by partition."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import polars as pl

from services.silver.images.checker import ImageChecker
from services.silver.images.facts import ImageFact, Reason
from services.silver.images.findings import (
    PRIMARY,
    SECONDARY,
    BrokenImage,
    Pictures,
    broken_images,
    fact_text,
    issue_text,
    kept_text,
)
from services.silver.options import ImageChecks
from services.silver.rules.urls import broken_urls

_MALFORMED: Final = '"urls.broken"'


class Findings(NamedTuple):
    """What a partition's image checks brought."""

    products: pl.DataFrame
    """The products with their issues, and `_images` beside them (see `kept_text`)."""
    validated: Mapping[str, int]
    """URLs checked, by product id, where these are not all that the product has."""
    broken: Sequence[BrokenImage]


class RunImages:
    """Checks for all runs of a process. The checker is made when the first run needs it."""

    def __init__(self, make_checker: Callable[[], ImageChecker] | None) -> None:
        """Without a checker to make, reachability means no more than syntax."""
        self._make_checker = make_checker
        self._checker: ImageChecker | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """Ends the checker, if there is one."""
        with self._lock:
            if self._checker is not None:
                self._checker.close()

    def check(self, products: pl.DataFrame, mode: ImageChecks, still_wanted: Callable[[], None]) -> Findings:
        """Checks the images of `products` (the rules' output).

        Blocks while servers are asked; `still_wanted` raises when that is no longer wanted.
        """
        if mode == "off":
            return Findings(_with_images(products, [None] * products.height), {}, [])
        flagged = _flagged(products)
        malformed = _malformed(flagged)
        if mode == "syntax" or self._make_checker is None:
            broken = [one for each in flagged for one in broken_images(each, malformed)]
            return Findings(_with_images(products, [None] * products.height), {}, broken)
        pictures = _pictures_of(products)
        facts = self._asked(sorted(_urls_of(pictures) - malformed.keys()), still_wanted)
        return _judged(products, pictures, facts | malformed, malformed)

    def _asked(self, urls: Sequence[str], still_wanted: Callable[[], None]) -> dict[str, ImageFact]:
        if not urls:
            return {}
        with self._lock:
            if self._checker is None:
                assert self._make_checker is not None  # noqa: S101 - narrows for the type checker
                self._checker = self._make_checker()
        return self._checker.check(urls, still_wanted=still_wanted)


def _judged(
    products: pl.DataFrame,
    pictures: Sequence[Pictures],
    facts: Mapping[str, ImageFact],
    malformed: Mapping[str, ImageFact],
) -> Findings:
    """`facts` are those of all URLs, the malformed ones included."""
    verdicts = {url: fact for url, fact in facts.items() if fact.is_verdict}
    bad = {url: fact for url, fact in verdicts.items() if not fact.reachable}
    known = {url: fact_text(fact) for url, fact in verdicts.items()}
    broken: list[BrokenImage] = []
    issues: dict[int, list[str]] = {}
    for row, each in enumerate(pictures) if bad else ():
        if found := broken_images(each, bad):
            broken += found
            # What is malformed the rules have flagged already.
            issues[row] = [issue_text(one) for one in found if one.url not in malformed]
    validated = _validated(pictures, known) if len(known) < len(facts) else {}
    products = _with_images(products, [kept_text(each, known) for each in pictures])
    return Findings(_with_issues(products, issues), validated, broken)


def _validated(pictures: Iterable[Pictures], known: Mapping[str, str]) -> dict[str, int]:
    counts = ((each, sum(url in known for _, url in each.urls())) for each in pictures)
    return {each.product_id: count for each, count in counts if count < len(each.urls())}


def _flagged(products: pl.DataFrame) -> list[Pictures]:
    """The products of which the rules found a URL malformed."""
    mask = [_MALFORMED in text for text in products["_issues"].to_list()]
    return _pictures_of(products.filter(pl.Series(mask))) if any(mask) else []


def _malformed(flagged: Sequence[Pictures]) -> dict[str, ImageFact]:
    """The malformed URLs, as facts."""
    urls = _urls_of(flagged)
    return {url: ImageFact(url, Reason.INVALID_URL, checked_at=0) for url in broken_urls(urls)} if urls else {}


def _urls_of(pictures: Iterable[Pictures]) -> set[str]:
    return {url for each in pictures for _, url in each.urls()}


def _pictures_of(products: pl.DataFrame) -> list[Pictures]:
    columns = (products[name].to_list() for name in ("product_id", PRIMARY, SECONDARY))
    return [Pictures(product_id, primary, others or ()) for product_id, primary, others in zip(*columns, strict=True)]


def _with_images(products: pl.DataFrame, texts: Sequence[str | None]) -> pl.DataFrame:
    return products.hstack([pl.Series("_images", texts, dtype=pl.String)])


def _with_issues(products: pl.DataFrame, added: Mapping[int, Sequence[str]]) -> pl.DataFrame:
    """The products with further issues, by row."""
    if not any(added.values()):
        return products
    texts = products["_issues"].to_list()
    for row, more in added.items():
        if more:
            former = [] if texts[row] == "[]" else [texts[row][1:-1]]
            texts[row] = f"[{','.join([*former, *more])}]"
    return products.with_columns_seq(pl.Series("_issues", texts, dtype=pl.String))
