"""The RPCs of Gold."""

from services.gold.servicers.gold import GoldServicer

__all__ = ["GoldServicer"]
