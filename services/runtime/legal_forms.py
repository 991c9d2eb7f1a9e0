"""Legal forms at the end of a company's name: to everybody but lawyers "Acme GmbH & Co. KG" is "Acme"."""

import re
from typing import Final

_LONG: Final = ("incorporated", "limited", "corporation", "company")
_SHORT: Final = (
    *("inc", "llc", "llp", "ltd", "corp", "plc", "pty", "pvt", "gmbh", "mbh", "kg", "kgaa", "ag", "ohg", "gbr", "ug"),
    *("se", "sa", "sas", "sarl", "sprl", "srl", "ltda", "bv", "nv", "bvba", "vof", "ab", "oy", "oyj", "aps", "kft"),
    *("sro", "doo"),
)
# Without their points these are words of names: "Beauty Spa", "Good As".
_POINTED: Final = ("spa", "as", "sl", "snc", "ek", "kk", "lp", "sa", "sas", "srl", "sro", "doo", "bv", "nv")
_WRITTEN: Final = (
    *_LONG,
    *(r"\.?".join(form) for form in _SHORT),
    *(r"\. ?".join(form) for form in _POINTED),
    *("a/s", "s/a", r"s\. ?a\u0300 ?r\. ?l", r"s\.?a\.? de c\.?v", r"sp\.? z ?o\. ?o"),
    "(?:(?:&|and|und|et) ?)?(?:co|company|cie)",
)
_FORM: Final = re.compile(rf"[\s,;(]+(?:{'|'.join(_WRITTEN)})$")
_AROUND: Final = " \t\r\n.,;()"
_BETWEEN: Final = " \t\r\n,;(&+-"
_LONGEST: Final = 32
_MOST: Final = 4
_NO_NAMES: Final = frozenset({"the", "der", "die", "das", "le", "la", "les", "el", "il"})


def without_legal_form(folded: str) -> str:
    """Return a name without the legal forms that end it.

    Only whole words at the end count, and never so many that no name of two letters or digits is left: "AG", "The
    Company" and "M & Co" stay as they are.

    Args:
        folded: the name, case-folded and decomposed (NFKD).
    """
    name = folded
    for _ in range(_MOST):
        text = name.rstrip(_AROUND)
        # From near the end: a search over a long text of spaces would take the square of its length.
        form = _FORM.search(text, max(0, len(text) - _LONGEST))
        if form is None:
            break
        rest = text[: form.start()].rstrip(_BETWEEN)
        if rest in _NO_NAMES or not _is_name(rest):
            break
        name = rest
    return name


def _is_name(text: str) -> bool:
    return sum(map(str.isalnum, text[:_LONGEST])) > 1
