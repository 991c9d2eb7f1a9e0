"""Normalisation rules: pure functions from source documents to canonical columns, one module per rule group."""
