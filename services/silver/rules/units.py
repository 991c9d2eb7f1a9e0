"""Units of weight, length and volume: one spelling for each of their names in seven languages.

Codes such as "KGM" are those of UN/CEFACT Recommendation 20, which schema.org's unitCode holds.
"""

import re
from typing import Final

from services.silver.rules.keys import unaccented
from services.silver.rules.remembered import remembered

_SPELLINGS: Final = {
    "weight": {
        "mg": "mg, milligram, milligrams, milligramm, milligramme, milligrammes, miligramo, miligramos, miligrama",
        "g": """
        g, grm, gr, grs, gm, gms, gram, grams, gramm, gramme, grammes, gramo, gramos, grama, gramas, grammo, grammi,
        grammen
        """,
        "kg": """
        kg, kgs, kgm, kilo, kilos, kilogram, kilograms, kilogramm, kilogramme, kilogrammes, kilogramo, kilogramos,
        quilograma, quilogramas, quilo, quilos, chilogrammo, chilogrammi, chilo, chili, kilogrammen
        """,
        "lb": "lb, lbs, lbr, pound, pounds, #",
        "oz": "oz, ozs, onz, ounce, ounces, onza, onzas, unze, unzen, once, onces",
        "g/m²": "g/m², g/m2, gsm, g/qm",
    },
    "length": {
        "mm": """
        mm, mmt, millimeter, millimeters, millimetre, millimetres, millimètre, millimètres, milímetro, milímetros,
        millimetro, millimetri
        """,
        "cm": """
        cm, cms, cmt, centimeter, centimeters, centimetre, centimetres, zentimeter, centimètre, centimètres, centímetro,
        centímetros, centimetro, centimetri
        """,
        "m": "m, mtr, mtrs, meter, meters, metre, metres, mètre, mètres, metro, metros, metri",
        "in": """
        in, inh, inch, inches, zoll, pouce, pouces, pulgada, pulgadas, polegada, polegadas, pollice, pollici, duim, ",
        ″, '', ”
        """,
        "ft": "ft, fot, foot, feet, ', ′",
        "yd": "yd, yds, yard, yards",
    },
    "volume": {
        "ml": """
        ml, mlt, milliliter, milliliters, millilitre, millilitres, mililitro, mililitros, millilitro, millilitri
        """,
        "cl": "cl, centiliter, centilitre, centilitres, centilitro, centilitros, zentiliter",
        "l": "l, lt, ltr, liter, liters, litre, litres, litro, litros, litri",
        "fl oz": "fl oz, floz, fl. oz, fluid ounce, fluid ounces",
        "cm³": "cm³, cm3, ccm",
        "m³": "m³, m3, cbm",
    },
}
FAMILY_OF: Final = {unit: family for family, units in _SPELLINGS.items() for unit in units}
"""Unit → weight, length or volume."""
_UNIT_OF: Final = {
    unaccented(spelling.strip()): unit
    for units in _SPELLINGS.values()
    for unit, spellings in units.items()
    for spelling in spellings.split(",")
}
_SPACES: Final = re.compile(r"\s+")


@remembered(entries=4_096, longest=32)
def unit_of(text: str) -> str | None:
    """Return the unit that `text` names, None when it is none that we know: "KGS." and "Kilogramm" give "kg"."""
    name = _SPACES.sub(" ", unaccented(text)).strip(" .()[]")
    return _UNIT_OF.get(name)
