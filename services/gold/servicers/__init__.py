"""The RPCs of Gold."""

from services.gold.servicers.feeds import FeedServicer
from services.gold.servicers.gold import GoldServicer

__all__ = ["FeedServicer", "GoldServicer"]
