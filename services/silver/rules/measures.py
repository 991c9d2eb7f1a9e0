"""Weights and dimensions in attributes: number and unit, spelled one way: "1.5 kg", "10 x 20 x 30 cm", "3-5 kg".

A number is never converted and a unit never guessed. Where the cell names no unit, the name of the attribute may
("Weight (kg)", "Variant Grams") or a column beside it (Amazon: "item_weight_unit_of_measure"). A cell may be an object
of both: {"value": 1.5, "unit": "kg"}. The column's own numbers decide what "1.234" means. What is not understood stays
as it came.

Sources: Google (shipping_weight, product_length: number, blank, unit), OpenAI ("units required") in the channel facts.
"""

import re
from typing import Final, NamedTuple, TypeAlias

import polars as pl

from services.silver.rules.amounts import number_of
from services.silver.rules.header_words import Measure, measures_of
from services.silver.rules.marks import marks_shown
from services.silver.rules.objects import measure_in_cell
from services.silver.rules.remembered import remembered
from services.silver.rules.sheet import ATTRIBUTE, Severity, Sheet, rows_where
from services.silver.rules.units import FAMILY_OF, unit_of

_NUMBER: Final = r"(?:[0-9]+ )?[1-9][0-9]?/[1-9][0-9]?|[0-9](?:[0-9.,'’ ]*[0-9])?|[.,][0-9]+"
_UNIT: Final = r"[^\W\d_][^\d]{0,20}[²³23]?|[\"″”'′#]{1,2}"
_AXIS: Final = r"\(?([LWHDBTPAØlwhdbtpaø])\)?[.:]?"
_SINGLE: Final = re.compile(rf"({_NUMBER}) ?({_UNIT})?")
_RANGE: Final = re.compile(rf"({_NUMBER}) ?({_UNIT})? ?[-–—] ?({_NUMBER}) ?({_UNIT})?")
_TIMES: Final = re.compile(r" ?[×✕⨯*] ?| ?[xX] ?(?=[0-9.,(LWHDBTPAØlwhdbtpaø])")
_PART: Final = re.compile(rf"(?:{_AXIS} ?)?({_NUMBER}) ?({_UNIT})??(?: ?{_AXIS})?")
_SPACES: Final = re.compile(r"\s+")
_PLAIN: Final = pl.first().str.contains(r"^(?:[1-9][0-9]*|0\.[0-9]*[1-9][0-9]*|[1-9][0-9]*\.(?:[0-9]{1,2}|[0-9]{4,}))$")
_IN_DOUBT: Final = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_NOTHING: Final = re.compile(r"0+(?:\.0+)?")
_MAX_CHARS: Final = 80
_MAX_PARTS: Final = 4
_ISSUES: Final[dict[str, tuple[Severity, str]]] = {
    "measure.unknown": ("info", "This is not understood as a number with a unit; write it like 1.5 kg."),
    "measure.ambiguous": (
        "warning",
        "The number can be read in two ways (thousands or decimals); it was kept.",
    ),
    "measure.unit_missing": ("info", "The number has no unit; name one, in the cell or in the name of the column."),
    "measure.unit_conflict": ("warning", "The unit is one of another kind than the column's name says."),
    "measure.zero": ("info", "A weight or length of 0 says nothing."),
}


class Reading(NamedTuple):
    """What a cell says: in the one spelling, None where it stays as it came; why it changed; what is wrong."""

    text: str | None
    rule: str
    issue: str | None


def normalize_measures(sheet: Sheet) -> None:
    """Spell weights and dimensions one way.

    Rule ids that change: measure.notation; measure.unit (the unit came from the name or from the column beside).
    Issues: measure.unknown, measure.ambiguous, measure.unit_missing, measure.unit_conflict, measure.zero.
    """
    for name, measure, beside in measures_of(tuple(sheet.attributes)):
        _normalize(sheet, name, measure, beside)


def _normalize(sheet: Sheet, name: str, measure: Measure, beside: str | None) -> None:
    column = sheet.attribute(name)
    rows = rows_where(column.is_not_null())
    if measure.unit:
        plain = column.to_frame().select_seq(_PLAIN).to_series()
        if plain.any():  # one look for what nearly every cell of such a column is
            rows = rows_where(~plain)
            united = column.filter(plain).to_frame().select_seq(pl.first() + f" {measure.unit}").to_series()
            sheet.replace_attribute(name, rows_where(plain), united, "measure.unit")
    if not len(rows):
        return
    cells = column[rows].to_list()
    if any(map(_IN_DOUBT.fullmatch, set(cells))):
        _settle_numbers(sheet, name, rows.filter(column[rows].str.contains(f"^{_IN_DOUBT.pattern}$")))
        column = sheet.attribute(name)
        cells = column[rows].to_list()
    units = sheet.attribute(beside)[rows].to_list() if beside else [measure.unit] * len(cells)
    pairs = set(zip(cells, units, strict=True))
    readings = {(cell, unit): _read_cell(cell, measure.family, unit, None) for cell, unit in pairs}
    if any(reading.issue == "measure.ambiguous" for reading in readings.values()):
        readings |= _settled(readings, column, measure.family)
    found = [readings[pair] for pair in zip(cells, units, strict=True)]
    for rule in ("measure.notation", "measure.unit"):
        picked = [index for index, reading in enumerate(found) if reading.text is not None and reading.rule == rule]
        if picked:
            texts = pl.Series([found[index].text for index in picked], dtype=pl.String)
            sheet.replace_attribute(name, rows[picked], texts, rule)
    for issue, (severity, message) in _ISSUES.items():
        picked = [index for index, reading in enumerate(found) if reading.issue == issue]
        if picked:
            sheet.flag_rows(issue, ATTRIBUTE + name, severity, rows[picked], message)


def _settle_numbers(sheet: Sheet, name: str, rows: pl.Series) -> None:
    """Give the JSON numbers among cells such as "1.234" a form that has one reading, for this run and the next."""
    settled = sheet.settled(ATTRIBUTE + name, rows, sheet.attribute(name)[rows])
    sheet.replace_attribute(name, rows, settled, "measure.notation")


_Readings: TypeAlias = dict[tuple[str, str | None], Reading]


def _settled(readings: _Readings, column: pl.Series, family: str) -> _Readings:
    """Read what is ambiguous by the decimal mark of the column's other numbers.

    Only what is read is a witness: what stays as it came would tell the next run another story than this one.
    Where those show both marks, a comma means nothing certain in the whole column: what has one stays as it came.
    """
    unread = [cell for (cell, _), reading in readings.items() if reading.issue not in {None, "measure.unit_missing"}]
    point, comma = marks_shown([column.filter(~column.is_in(unread))])
    if point and comma:
        return {pair: _KEPT_AMBIGUOUS for pair, reading in readings.items() if "," in pair[0] and reading.text}
    if not point and not comma:
        return {}
    mark = "." if point else ","
    return {pair: _read_cell(pair[0], family, pair[1], mark) for pair in readings}


def _read_cell(cell: str, family: str, unit: str | None, mark: str | None) -> Reading:
    """Read a cell as it came; blank cells and JSON lists are not for us."""
    text = _SPACES.sub(" ", cell).strip(" ")
    if not text or (text[0] == "[" and text[-1] == "]"):
        return _SILENT
    if text[0] == "{":
        text = measure_in_cell(text) or text
    if len(text) > _MAX_CHARS:
        return _UNKNOWN
    reading = read_measure(text, family, unit, mark)
    return reading._replace(text=None) if reading.text == cell.strip() else reading


@remembered(entries=16_384, longest=_MAX_CHARS)
def read_measure(text: str, family: str, unit: str | None, mark: str | None) -> Reading:
    """Read a text as one measure, a range or dimensions.

    Args:
        text: the cell without surrounding and double blanks.
        family: weight, length or volume: what the name of the attribute says it is.
        unit: the unit said beside the cell, in any spelling, used where the cell has none.
        mark: decimal mark of the column, where it shows one.
    """
    if single := _SINGLE.fullmatch(text):
        return _spelled(_Said([single[1]], [single[2]], [""], ""), family, unit, mark)
    if between := _RANGE.fullmatch(text):
        ends = _Said([between[1], between[3]], [between[2] or between[4], between[4]], ["", ""], "-")
        return _spelled(ends, family, unit, mark)
    parts = [_PART.fullmatch(part) for part in _TIMES.split(text)]
    if len(parts) > _MAX_PARTS or None in parts:
        return _UNKNOWN
    sides = [part for part in parts if part]
    units = [side[3] for side in sides]
    if any(units[:-1]) and None in units[:-1]:
        return _UNKNOWN
    axes = [(side[1] or side[4] or "").upper() for side in sides]
    if len(sides) == 1 and axes[0] not in {"", "Ø"} and not (units[0] or unit):
        return _UNKNOWN  # "A4" is a format of paper
    units = [found or units[-1] for found in units]
    return _spelled(_Said([side[2] for side in sides], units, axes, " x "), family, unit, mark)


class _Said(NamedTuple):
    """The pieces of a cell: its numbers, the unit beside each, the axes before them, and what stands between."""

    numbers: list[str]
    units: list[str | None]
    axes: list[str]
    joiner: str


def _spelled(said: _Said, family: str, beside: str | None, mark: str | None) -> Reading:
    plain = [number_of(number, mark) for number in said.numbers]
    own = {unit_of(unit) if unit else "" for unit in said.units}
    if len(own) != 1 or None in own or None in plain:
        return _UNKNOWN
    if "" in plain:
        return _KEPT_AMBIGUOUS
    named = own.pop() or (unit_of(beside) if beside else None)
    texts = [f"{axis} {number}".strip() for axis, number in zip(said.axes, plain, strict=True)]
    text = f"{said.joiner.join(texts)} {named or ''}".strip()
    rule = "measure.notation" if any(said.units) or not named else "measure.unit"
    if named and {FAMILY_OF[named], family} == {"weight", "length"}:
        return Reading(None, "", "measure.unit_conflict")
    if len(plain) == 1 and _NOTHING.fullmatch(plain[0] or ""):
        return Reading(None, "", "measure.zero")  # many a shop writes 0 for what nobody weighed
    return Reading(text, rule, None if named else "measure.unit_missing")


_SILENT: Final = Reading(None, "", None)
_UNKNOWN: Final = Reading(None, "", "measure.unknown")
_KEPT_AMBIGUOUS: Final = Reading(None, "", "measure.ambiguous")
