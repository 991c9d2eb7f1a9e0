"""The rubric: seven stages, one module each, as checks over columns of canonical products.

Pure: no clock, no network, no database. `fields` is the registry of what is graded, the stage modules say how,
`stages` puts them together, `score` applies them, `grading` tells what each fault costs and why. `features` holds what
is known of the products: texts are looked at there by Polars, all at once, and checks (`asking` has the common ones)
compare arrays. Nothing here knows where products come from or where scores go.

To add a check to a field: one `Check` in the field's stage module, a line in that module's table test, and the page
made anew (`page`). One that another field's value brings about says so in `owed_to`. To add a field: an entry in
`fields.FIELDS` (shares of a stage sum to 100) and its checks in the stage module; all 16 bytes of grades are taken, so
it also needs a `grades2`, and catalogs have to be scored anew. To add a stage: a module with `checks()` and, where it
looks for something in texts, `looks()`, or `tell()` for what no expression finds; its name in `fields.STAGES` and
`weights.Weights`; the functions in `stages`; a field in the contract's `StageScores`. Scores made before stay
explainable: each names the grading it was made under.
"""
