"""Answers composed of several services' answers."""
