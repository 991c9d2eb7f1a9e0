"""Gold's own data: runs with their results and summaries, gradings, and the scores of catalogs."""

from services.gold.store.rows import CatalogRows
from services.gold.store.runs import RunStore
from services.gold.store.scores import ScoreStore

__all__ = ["CatalogRows", "RunStore", "ScoreStore"]
