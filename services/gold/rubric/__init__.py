"""The rubric: seven stages, one module each, as Polars expressions over a frame of canonical products.

Pure: no clock, no network, no database. `fields` is the registry of what is graded, the stage modules say how,
`stages` puts them together, `score` applies them, `grading` tells what each fault costs and why. Nothing here knows
where products come from or where scores go.

To add a check to a field: one `Check` in the field's stage module and a line in that module's table test. To add a
field: an entry at the end of its stage in `fields.FIELDS` (shares of a stage sum to 100; stored grades count bytes
in this order, so catalogs have to be scored anew) and its checks in the stage module. To add a stage: a module with
`checks()` and, where it needs derived columns, `inputs()`; its name in `fields.STAGES` and `weights.Weights`; both
functions in `stages`; a field in the contract's `StageScores`. Scores made before stay explainable: each names the
grading it was made under.
"""
