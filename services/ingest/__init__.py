"""Catalogs, uploads and raw items (bronze): what came in, exactly as it came in."""
