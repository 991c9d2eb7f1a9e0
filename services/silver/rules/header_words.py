"""Which attributes hold a weight, a length or a date: told by the words of their names.

Only attributes whose name says so are read as such: a product without them pays one look into a dictionary.
Languages: English, German, French, Spanish, Portuguese, Italian, Dutch. German and Dutch write compounds in one word
("Versandgewicht", "Erscheinungsdatum"), so their words count at the end of another too.
"""

import re
from itertools import pairwise
from typing import Final, NamedTuple

from services.silver.rules.keys import unaccented, words
from services.silver.rules.remembered import remembered
from services.silver.rules.units import FAMILY_OF, unit_of

_WORD: Final = re.compile(r"[^\W\d_]+|[0-9]+|(?<=[(\[])[\"″']+(?=[)\]])")
_CAMEL: Final = re.compile(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])")
_WEIGHTS: Final = words("weight gewicht poids peso")
_LENGTHS: Final = words(
    """
    length width height depth diameter thickness lange laenge breite hohe hoehe tiefe durchmesser longueur largeur
    hauteur profondeur diametre epaisseur longitud largo ancho anchura alto altura profundidad diametro comprimento
    largura profundidade lunghezza larghezza altezza profondita lengte breedte hoogte diepte
    dimension dimensions abmessung abmessungen masse masze dimensiones medidas dimensoes dimensioni misure afmeting
    afmetingen
    """
)
_COMPOUND: Final = re.compile(
    r".{3,}(?:(gewicht)|lange|laenge|breite|hohe|hoehe|tiefe|durchmesser|abmessungen|masse|lengte|breedte|hoogte|diepte"
    r"|afmetingen)"
)
_WEIGHED_IN: Final = words("grams gram gramm grammes kilograms kilos pounds ounces")
_PACKAGES: Final = words("package packaging parcel carton box shipping colis paket verpackung paquete pacote pacco")
_NO_MEASURE: Final = words(
    """
    unit units uom measure einheit unite unidad unidade unita eenheid class klasse classe type typ tipo code group
    sleeve armel aermel manche manga manica mouw category count format label
    """
)
_DATES: Final = words("date dates datum fecha fechas datetime yyyy")
_DATE_COMPOUND: Final = re.compile(r".{3,}datum")
_DATA_OF: Final = words("de di do da del della dello d")  # "data" alone is English for something else
_DONE: Final = words("created updated modified published")
_NO_DATE: Final = words("format code type typ tipo")


class Measure(NamedTuple):
    """What the name of an attribute says of its values."""

    family: str
    """weight, length, volume; any: the size of a package may be each of them."""
    unit: str | None
    """The unit that the name gives: "kg" of "Weight (kg)"."""


def measure_in(name: str) -> Measure | None:
    """Return what a name says of weights or lengths, None when it is about neither."""
    said = _words(name)
    if not said:
        return None
    last = said[-1]
    unit = unit_of(last) if len(said) > 1 else None
    if not _NO_MEASURE.isdisjoint(said):
        return None
    family = next(filter(None, map(_family, said)), None)
    if family is None and last in _WEIGHED_IN:
        family = "weight"
    if family is None and "size" in said and not _PACKAGES.isdisjoint(said):
        family = "any"
    return Measure(FAMILY_OF[unit] if unit else family, unit) if family else None


def _family(word: str) -> str | None:
    if word in _WEIGHTS:
        return "weight"
    if word in _LENGTHS:
        return "length"
    compound = _COMPOUND.fullmatch(word)
    return None if compound is None else "weight" if compound[1] else "length"


def is_date(name: str) -> bool:
    """Tell whether the name of an attribute says that it holds a date."""
    said = _words(name)
    if not _NO_DATE.isdisjoint(said):
        return False
    pairs = set(pairwise(said))
    return (
        not _DATES.isdisjoint(said)
        or any(map(_DATE_COMPOUND.fullmatch, said))
        or any(first == "data" and second in _DATA_OF for first, second in pairs)
        or any(first in _DONE and second == "at" for first, second in pairs)
        or ("best", "before") in pairs
        or "mhd" in said
    )


@remembered(entries=256, longest=1_024)
def measures_of(names: tuple[str, ...]) -> tuple[tuple[str, Measure, str | None], ...]:
    """Return each name that holds a measure, what it says, and the column that holds its units, if there is one.

    Amazon: "<name>_unit_of_measure", for several lengths "item_dimensions_unit_of_measure"; OpenCart: "weight_unit",
    "length_unit" for width and height too.
    """
    found = [(name, measure) for name in names if (measure := measure_in(name))]
    columns = {"".join(_words(name)): name for name in reversed(names)} if found else {}
    return tuple((name, measure, None if measure.unit else _beside(name, measure, columns)) for name, measure in found)


def _beside(name: str, measure: Measure, columns: dict[str, str]) -> str | None:
    said = _words(name)
    stems = ["".join(said)]
    if said[-1] in {"value", "amount"}:
        stems.append("".join(said[:-1]))
    if measure.family == "length":
        former = "".join(said[:-1])
        stems += [former + end for end in ("dimensions", "dimension", "length")]
        stems += ["itemdimensions", "dimensions", "dimension", "length"]
    candidates = (columns.get(stem + end) for stem in stems for end in ("unitofmeasure", "unit", "uom", "einheit"))
    return next(filter(None, candidates), None)


@remembered(entries=256, longest=1_024)
def dates_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return each name that holds a date."""
    return tuple(filter(is_date, names))


@remembered(entries=16_384, longest=256)
def _words(name: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(unaccented(_CAMEL.sub(" ", name))))
