"""The rubric: seven stages, one module each, as Polars expressions over a frame of canonical products.

Pure: no clock, no network, no database. `fields` is the registry of what is graded, the stage modules say
how, `score` applies them. Nothing here knows where products come from or where scores go.
"""
