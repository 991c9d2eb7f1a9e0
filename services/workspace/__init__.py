"""Tenants, API keys and token checks, brands, and the records, locks and progress of jobs."""
