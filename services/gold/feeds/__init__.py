"""Feeds of products for channels: what is in them (`google`, `meta`, `openai`), how it is written (`writers`), made
(`making`) and kept (`shelf`)."""
