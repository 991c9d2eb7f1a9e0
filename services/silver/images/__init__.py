"""Images and media: whether an address answers, with what, and how large the picture is.

`ImageChecker` asks, politely and within limits; `guard` keeps it away from addresses that are nobody's business;
`DatabaseCache` remembers the answers.
"""

from services.silver.images.cache import DatabaseCache
from services.silver.images.checker import ImageChecker
from services.silver.images.facts import ImageCache, ImageFact, Reason
from services.silver.images.limits import ImageLimits

__all__ = ["DatabaseCache", "ImageCache", "ImageChecker", "ImageFact", "ImageLimits", "Reason"]
