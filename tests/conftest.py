"""For all tests."""

from hypothesis import settings

# An example that a busy machine takes long over is no failure; every test has a time limit of its own.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
