"""The brand registries as runs see them."""

from collections.abc import Sequence

from services.silver.neighbours import Brands
from services.silver.registries import RunRegistries
from services.silver.rules.brand import NO_BRANDS, BrandIndex

KEPT_REGISTRIES = 64


class RunBrands(RunRegistries[BrandIndex]):
    """Brands of the runs under way, extended by what a run registers."""

    def __init__(self, brands: Brands) -> None:
        super().__init__(self._index, part=0, empty=NO_BRANDS, kept=KEPT_REGISTRIES)
        self._brands = brands

    def register(self, job_id: str, workspace_id: str, names: Sequence[str]) -> None:
        """Registers names, and lets the run see the brands they mean."""
        with self._lock:
            known = self._runs.get(job_id, NO_BRANDS)
            self._runs[job_id] = known.extended(self._brands.register(workspace_id, names))

    def imagine(self, job_id: str, names: Sequence[str]) -> None:
        """Lets the run see brands of these names as if they were registered."""
        with self._lock:
            known = self._runs.get(job_id, NO_BRANDS)
            self._runs[job_id] = known.extended((f"preview:{name}", name, name) for name in names)

    def _index(self, workspace_id: str, known_version: str) -> tuple[str, BrandIndex | None]:
        version, spellings = self._brands.read(workspace_id, known_version)
        return version, None if spellings is None else NO_BRANDS.extended(spellings)
