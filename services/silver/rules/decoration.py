"""What calls for attention in a title and says nothing: emoji, stars, ticks, "!!!", "~*~".

Source: Google product data specification, title ("no gimmick characters"), in the channel facts. Signs that mean
something stay: ™ ® °, arrows, ♀ ♂, ♯ ♭, ✕ as a times sign, circled numbers. Each is replaced by a space, so that no
two parts of a word or of markup join.
"""

from typing import Final

from services.silver.rules.sheet import Sheet

_PICTURES: Final = (
    r"\u{231a}\u{231b}\u{23e9}-\u{23f3}\u{23f8}-\u{23fa}\u{2500}-\u{263f}\u{2641}\u{2643}-\u{266c}\u{2670}-\u{2714}"
    r"\u{2717}-\u{2775}\u{2794}-\u{27bf}\u{2b00}-\u{2bff}\u{1f000}-\u{1f0ff}\u{1f1e6}-\u{1faff}"
)
# Joiners, variation selectors, skin tones and tags belong to the picture beside them.
_PICTURE: Final = (
    rf"[\u{{200c}}\u{{200d}}]*[{_PICTURES}][{_PICTURES}\u{{200c}}\u{{200d}}\u{{fe0e}}\u{{fe0f}}\u{{20e3}}"
    r"\u{e0020}-\u{e007f}]*"
)
_MASKING: Final = r"[*~^]{2,}|={2,}|_{3,}"
_DECORATED: Final = rf"[{_PICTURES}]|{_MASKING}|!!|\?\?"


def normalize_decoration(sheet: Sheet) -> None:
    """Remove decoration from titles; of several "!" or "?" in a row the first stays. Rule id: text.decoration."""
    sheet.apply(
        "text.decoration",
        ("title",),
        lambda title: title.str.contains(_DECORATED),
        lambda title: (
            title.str.replace_all(rf"{_PICTURE}|{_MASKING}", " ")
            .str.replace_all("!{2,}", "!")
            .str.replace_all(r"\?{2,}", "?")
            .str.replace_all(" {2,}", " ")
            .str.strip_chars(" ")
            .replace("", None)
        ),
    )
