"""What the answers say about products: which images are broken, what is kept for Gold, and how that reads."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import orjson

from services.silver.images.facts import ImageFact, Reason

RULE: Final = "image.unreachable"
PRIMARY: Final = "primaryImageUrl"
SECONDARY: Final = "secondaryImages"
_WORDS: Final[Mapping[Reason, str]] = {
    Reason.INVALID_URL: "only http and https are asked, on the usual ports and without a user name",
    Reason.FORBIDDEN_ADDRESS: "it leads to a private or reserved address",
    Reason.DNS: "its host name does not exist",
    Reason.CONNECTION: "no connection to its server came about",
    Reason.TLS: "its server has no certificate that can be trusted",
    Reason.TIMEOUT: "its server did not answer in time",
    Reason.TOO_MANY_REDIRECTS: "it is redirected too often",
    Reason.STATUS: "its server answered with status {status}",
    Reason.WRONG_TYPE: "what its server sent is no image",
    Reason.EMPTY: "what its server sent is empty",
}


class Pictures(NamedTuple):
    """The image URLs of one product."""

    product_id: str
    primary: str | None
    others: Sequence[str]

    def urls(self) -> list[tuple[str, str]]:
        """(field, URL), the primary image first."""
        first = [] if self.primary is None else [(PRIMARY, self.primary)]
        return first + [(SECONDARY, url) for url in self.others]


class BrokenImage(NamedTuple):
    """One image URL of a product that cannot be shown; `number` is its place among the product's."""

    product_id: str
    number: int
    field: str
    url: str
    status: int | None
    reason: str


def broken_images(pictures: Pictures, bad: Mapping[str, ImageFact]) -> list[BrokenImage]:
    """Those of the product's URLs that are among the `bad` ones."""
    return [
        BrokenImage(pictures.product_id, number, field, url, fact.status, str(fact.reason))
        for number, (field, url) in enumerate(pictures.urls())
        if (fact := bad.get(url)) is not None
    ]


def issue_text(broken: BrokenImage) -> str:
    """The issue of a broken image as JSON object text."""
    why = _WORDS[Reason(broken.reason)].format(status=broken.status)
    message = f"This image cannot be shown, {why}: {broken.url}"
    issue = {"field": broken.field, "rule": RULE, "severity": "error", "message": message}
    return orjson.dumps(issue).decode()


def kept_text(pictures: Pictures, known: Mapping[str, str]) -> str | None:
    """What Gold may know of the product's images (see `images` of ReadProducts); None where nothing is known.

    `known` has a `fact_text` by URL.
    """
    primary = known.get(pictures.primary, "null") if pictures.primary is not None else "null"
    others = [known.get(url, "null") for url in pictures.others]
    if primary == "null" and all(text == "null" for text in others):
        return None
    return f'{{"primary":{primary},"secondary":[{",".join(others)}]}}'


def fact_text(fact: ImageFact) -> str:
    """What is kept of a fact, as JSON object text. Not when it was found: that says nothing about the image."""
    return orjson.dumps({"reason": str(fact.reason), "width": fact.width, "height": fact.height}).decode()
