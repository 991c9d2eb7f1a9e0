"""Silver: normalises raw items, links brands, finds duplicates and keeps the canonical products."""
