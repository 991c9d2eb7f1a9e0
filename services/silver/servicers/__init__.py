"""The RPCs of the Silver service."""

from services.silver.servicers.products import ProductServicer
from services.silver.servicers.runs import SilverServicer

__all__ = ["ProductServicer", "SilverServicer"]
