"""Dates in attributes: to ISO 8601 ("2026-02-13", "2026-02-13T14:30:00", ranges "2026-02-01/2026-02-28").

A date of figures alone, "03/02/2026", is the 3rd of February or the 2nd of March: the other dates of its column tell
("13/02/2026" has the day first), and where they do not, it stays as it came. With dots, "03.02.2026", it is the 3rd of
February unless the column shows the month first ("02.13.2026"): who writes dots writes the day first. Numbers of a
spreadsheet or a clock are flagged only, as are dates that no calendar has. Times and zones stay as they were written.

Sources: Google and OpenAI (availability_date ISO 8601; sale_price_effective_date start/end) in the channel facts.
Unicode CLDR (as in Babel 2.19): 162 locales write short dates with dots (German, Swiss French, Polish, Russian, Turkish
…). None has the month first; the few with the year first (Hungarian, Korean, Mongolian) are told by its four digits.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Final, Literal, NamedTuple, TypeAlias

import polars as pl

from services.silver.rules.header_words import dates_of
from services.silver.rules.keys import unaccented
from services.silver.rules.remembered import remembered
from services.silver.rules.sheet import ATTRIBUTE, Severity, Sheet, rows_where

Order: TypeAlias = Literal["day", "month"]
"""Which of the two stands first."""

_MONTHS: Final = """
    january february march april may june july august september october november december
    januar februar märz april mai juni juli august september oktober november dezember
    janvier février mars avril mai juin juillet août septembre octobre novembre décembre
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
    gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
    januari februari maart april mei juni juli augustus september oktober november december
"""
_SHORT: Final = {"mrz": 3, "mrt": 3, "jul": 7, "jun": 6, "sept": 9}
_YEAR: Final = "(?:19|20|21)[0-9]{2}"
_TIME: Final = re.compile(
    r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,9})?)?(?: ?([AaPp])\.?[Mm]\.?)?"
    r"(?: ?(Z|UTC|GMT|[+-](?:0[0-9]|1[0-4])(?::?[0-9]{2})?))?"
)
_YEAR_FIRST: Final = re.compile(rf"({_YEAR})([-/.])([0-9]{{1,2}})\2([0-9]{{1,2}})|({_YEAR})([0-9]{{2}})([0-9]{{2}})")
_YEAR_LAST: Final = re.compile(rf"([0-9]{{1,2}})([-/.])([0-9]{{1,2}})\2({_YEAR}|[0-9]{{2}})")
_LESS: Final = re.compile(rf"{_YEAR}(?:-(?:0[1-9]|1[0-2]))?")
_NAMED: Final = re.compile(
    r"([0-9]{1,2})(?:st|nd|rd|th|er|º|°|\.)?[ -]?(?:de |of )?"
    rf"([^\W\d_]{{3,}})\.?,?[ -]?(?:de |del )?({_YEAR}|[0-9]{{2}})"
)
_MONTH_ALONE: Final = re.compile(rf"(?:([0-9]{{1,2}})[/.-]|([^\W\d_]{{3,}})\.?,? (?:de |del )?)({_YEAR})")
_NAME_FIRST: Final = re.compile(rf"([^\W\d_]{{3,}})\.? ?([0-9]{{1,2}})(?:st|nd|rd|th)?,? ({_YEAR})")
_WEEKDAY: Final = re.compile(r"^(?:le|el|il|am|den|on)? ?(?:[^\W\d_]{2,10}(?:-feira)?[.,] ?)?(?=[0-9])")
_BETWEEN: Final = re.compile(r" ?/ ?(?=[0-9]{4}-)| [-–—] | ?[–—] ?| (?:to|until|bis|au|à|al|a|até|tot|t/m) ")
_SERIAL: Final = re.compile(r"[0-9]{5}(?:[.,][0-9]+)?|[0-9]{10}|[0-9]{13}")
_CANONICAL: Final = (
    pl.first().str.contains("^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    & pl.first().str.to_date("%Y-%m-%d", strict=False).is_not_null()
)
_GAP: Final = re.compile("[Tt ]|, ?")
_SPACES: Final = re.compile(r"\s+")
_MONTHS_OF_A_YEAR: Final = 12
_MAX_CHARS: Final = 80
_ISSUES: Final[dict[str, tuple[Severity, str]]] = {
    "date.ambiguous": (
        "warning",
        "Day, month or century can be read in two ways; write the date like 2026-02-13.",
    ),
    "date.serial": ("warning", "This is a number of a spreadsheet or a clock; write the date like 2026-02-13."),
    "date.unknown": ("warning", "This is no date that a calendar has; write it like 2026-02-13."),
}


class Reading(NamedTuple):
    """What a cell says: as ISO 8601, None where it stays as it came, and what is wrong with it."""

    text: str | None
    issue: str | None


def _months() -> dict[str, int]:
    """Return name and every beginning of three letters or more that means one month in all languages."""
    meant: defaultdict[str, set[int]] = defaultdict(set)
    for place, name in enumerate(unaccented(_MONTHS).split()):
        for end in range(3, len(name) + 1):
            meant[name[:end]].add(place % 12 + 1)
    return {name: months.pop() for name, months in meant.items() if len(months) == 1} | _SHORT


_MONTH_OF: Final = _months()


def normalize_dates(sheet: Sheet) -> None:
    """Write dates as ISO 8601. Rule id that changes: date.iso. Issues: date.ambiguous, date.serial, date.unknown."""
    for name in dates_of(tuple(sheet.attributes)):
        column = sheet.attribute(name)
        if column.null_count() == sheet.height:
            continue
        rows = rows_where(~column.to_frame().select_seq(_CANONICAL).to_series())
        if len(rows):
            _normalize(sheet, name, column, rows)


def _normalize(sheet: Sheet, name: str, column: pl.Series, rows: pl.Series) -> None:
    cells = column[rows].to_list()
    texts = {cell: _SPACES.sub(" ", cell).strip(" ") for cell in set(cells)}
    order = order_shown(set(texts.values()))
    readings = {cell: _read_cell(cell, text, order) for cell, text in texts.items()}
    found = [readings[cell] for cell in cells]
    picked = [index for index, reading in enumerate(found) if reading.text is not None]
    if picked:
        dates = pl.Series([found[index].text for index in picked], dtype=pl.String)
        sheet.replace_attribute(name, rows[picked], dates, "date.iso")
    for issue, (severity, message) in _ISSUES.items():
        picked = [index for index, reading in enumerate(found) if reading.issue == issue]
        if picked:
            sheet.flag_rows(issue, ATTRIBUTE + name, severity, rows[picked], message)


def order_shown(texts: Iterable[str]) -> Order | None:
    """Return whether dates such as "13/02/2026" have the day or the month first; None where they show none or both.

    A date that is read by its dots alone shows nothing of how slashes are meant. Only what is read is a witness: what
    stays as it came would tell the next run another story than this one.
    """
    shown: set[Order] = set()
    for text in texts:
        figures = _YEAR_LAST.match(text)
        if not figures or len(text) > _MAX_CHARS or not _moment(text, None).text:
            continue
        if max(int(figures[1]), int(figures[3])) > _MONTHS_OF_A_YEAR:
            shown.add("day" if int(figures[1]) > _MONTHS_OF_A_YEAR else "month")
    return shown.pop() if len(shown) == 1 else None


def _read_cell(cell: str, text: str, order: Order | None) -> Reading:
    """Read a cell; blank cells and JSON lists are not for us."""
    if not text or (text[0] == "[" and text[-1] == "]"):
        return _SILENT
    if len(text) > _MAX_CHARS:
        return _UNKNOWN
    reading = read_date(text, order)
    return _SILENT if reading.text == cell.strip() else reading


@remembered(entries=16_384, longest=_MAX_CHARS)
def read_date(text: str, order: Order | None) -> Reading:
    """Read a text as a date, a date with a time, or two of them ("start/end")."""
    if _SERIAL.fullmatch(text):
        return _SERIAL_NUMBER
    if _LESS.fullmatch(text):  # a year or a month alone: ISO 8601 as it is
        return Reading(text, None)
    if (found := _MONTH_ALONE.fullmatch(text)) and (month := _month_of(found[1] or found[2])):
        return Reading(f"{found[3]}-{month:02}", None)
    if (one := _moment(text, order)) is not _UNKNOWN:
        return one
    sides = _BETWEEN.split(text)
    if len(sides) != 2:
        return _UNKNOWN
    start, end = (_moment(side, order or order_shown(sides)) for side in sides)
    if start.text and end.text:
        return Reading(f"{start.text}/{end.text}", None)
    return _TWO_WAYS if {start.issue, end.issue} == {"date.ambiguous"} else _UNKNOWN


def _moment(text: str, order: Order | None) -> Reading:
    """Read a date, or a date and a time parted by "T", a blank or a comma."""
    day = _day(text, order)
    if day is not _UNKNOWN:
        return day
    for gap in _GAP.finditer(text):
        day, time = _day(text[: gap.start()].rstrip(","), order), _time(text[gap.end() :])
        if time and day is not _UNKNOWN:
            return Reading(f"{day.text}T{time}", None) if day.text else day
    return _UNKNOWN


def _day(text: str, order: Order | None) -> Reading:
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day = found.group(1, 3, 4) if found[1] else found.group(5, 6, 7)
        return _iso(int(year), int(month), int(day))
    if found := _YEAR_LAST.fullmatch(text):
        return _figures(int(found[1]), int(found[3]), found[4], order or ("day" if found[2] == "." else None))
    text = _WEEKDAY.sub("", text.lower(), count=1)
    if found := _NAMED.fullmatch(text):
        day, month, year = found.groups()
    elif found := _NAME_FIRST.fullmatch(text):
        month, day, year = found.groups()
    else:
        return _UNKNOWN
    number = _month_of(month)
    if not number:
        return _UNKNOWN
    return _iso(int(year), number, int(day)) if len(year) > 2 else _TWO_WAYS


def _month_of(text: str) -> int | None:
    """Return the number of a month that is named or numbered."""
    if text.isdecimal():
        return int(text) if 1 <= int(text) <= _MONTHS_OF_A_YEAR else None
    return _MONTH_OF.get(unaccented(text))


def _figures(first: int, second: int, year: str, order: Order | None) -> Reading:
    """Read "first/second/year": by the calendar where it has one of the two only, else by `order`."""
    if len(year) == 2:
        return _TWO_WAYS
    by_order = {"day": _iso(int(year), second, first), "month": _iso(int(year), first, second)}
    possible = {reading.text for reading in by_order.values() if reading.text}
    if len(possible) <= 1:
        return Reading(possible.pop(), None) if possible else _UNKNOWN
    return by_order[order] if order else _TWO_WAYS


def _iso(year: int, month: int, day: int) -> Reading:
    try:
        return Reading(date(year, month, day).isoformat(), None)
    except ValueError:
        return _UNKNOWN


def _time(text: str) -> str | None:
    """Return a time of day as ISO 8601, as exact as it was written; None where it is none."""
    found = _TIME.fullmatch(text)
    if not found:
        return None
    hour, minute, second, fraction, half, zone = found.groups()
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + 12 * (half in "Pp")
    if hours > 23 or int(minute) > 59 or int(second or 0) > 59:
        return None
    if zone in {"UTC", "GMT"}:
        zone = "Z"
    elif zone and zone != "Z":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        zone = f"{zone[0]}{digits[:2]}:{digits[2:]}"
        if int(digits[2:]) > 59:
            return None
    return f"{hours:02}:{minute}{f':{second}' if second else ''}{fraction or ''}{zone or ''}"


_SILENT: Final = Reading(None, None)
_UNKNOWN: Final = Reading(None, "date.unknown")
_TWO_WAYS: Final = Reading(None, "date.ambiguous")
_SERIAL_NUMBER: Final = Reading(None, "date.serial")
