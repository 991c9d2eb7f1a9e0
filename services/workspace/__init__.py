"""Tenants, API keys and token checks, brands, categories, and the records, locks and progress of jobs."""
