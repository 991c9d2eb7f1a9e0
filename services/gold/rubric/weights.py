"""Weights of the seven stages."""

import math
from dataclasses import dataclass, fields

CENTI = 100
"""Weights are computed with in hundredths of a point."""


@dataclass(frozen=True)
class Weights:
    """Points each stage is worth. Two decimals at most, none negative, 100 in sum; else `ValueError`.

    The defaults are those of the API's `goldWeights`.
    """

    identity: float = 20
    taxonomy: float = 15
    content: float = 25
    media: float = 20
    pricing: float = 10
    attributes: float = 5
    seo: float = 5

    def __post_init__(self) -> None:
        centi = self.centi()
        if any(not math.isclose(getattr(self, stage) * CENTI, whole) for stage, whole in centi.items()):
            raise ValueError("the weights of the seven stages must not have more than two decimals")
        if min(centi.values()) < 0 or sum(centi.values()) != 100 * CENTI:
            raise ValueError("the weights of the seven stages must not be negative and must sum to 100")

    def centi(self) -> dict[str, int]:
        """The weights by stage, in hundredths of a point."""
        return {field.name: round(getattr(self, field.name) * CENTI) for field in fields(self)}
