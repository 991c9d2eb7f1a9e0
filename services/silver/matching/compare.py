"""Evidence of each candidate pair, as columns."""

import numpy as np
import numpy.typing as npt
import polars as pl

from services.silver.matching.arrays import Codes, Models, among_codes, of_both, share
from services.silver.matching.candidates import Pairs
from services.silver.matching.commonness import Commonness, Rarity, Weights, in_crowd
from services.silver.matching.kinds import LAYOUT_MASK, Bits
from services.silver.matching.profile import Profile
from services.silver.matching.quantities import IS_GENERATION, PACK_UNIT

Bools = npt.NDArray[np.bool_]


def _facts_agree(left: Codes, right: Codes) -> tuple[Bools, Bools]:
    """Whether a quantity is on both sides, and whether one with the same unit has other values only."""
    agree = np.zeros(len(left), dtype=bool)
    for place in range(left.shape[1]):
        mine = left[:, place : place + 1]
        agree |= ((mine == right) & (mine != 0)).any(axis=1)
    return agree, _odd_units(left, right) & _odd_units(right, left)


def _odd_units(left: Codes, right: Codes) -> Bools:
    """Whether `left` has a quantity whose unit `right` has with other values only."""
    odd = np.zeros(len(left), dtype=bool)
    for place in range(left.shape[1]):
        mine = left[:, place : place + 1]
        unit = (mine & 63) == (right & 63)
        odd |= ((mine != 0) & (right != 0) & unit).any(axis=1) & ~((mine == right) & (mine != 0)).any(axis=1)
    return odd


def _packed(facts: Codes) -> Bools:
    """Whether a product is told to be several of something."""
    packed: Bools = ((facts != 0) & ((facts & 63) == PACK_UNIT)).any(axis=1)
    return packed


def _generations(facts: Codes) -> Bools:
    """Whether a product is told to be one of several generations or parts."""
    told: Bools = ((facts != 0) & IS_GENERATION[facts & 63]).any(axis=1)
    return told


def _apart(one: Bits, other: Bits) -> Bools:
    """Whether both have bits, and none in common."""
    apart: Bools = (one != 0) & (other != 0) & ((one & other) == 0)
    return apart


def _shorter_models(pairs: Pairs, profile: Profile, colours: Bits) -> Bools:
    """Whether a model code of one product is that of the other without its last letter, or with another one.

    Unless the letter stands for a colour that the products are told to have.
    """
    a, b = pairs.left, pairs.right
    named = (colours & (profile.finish[a] | profile.finish[b])) != 0
    shorter = share(profile.own[a], profile.shortened[b]) | share(profile.own[b], profile.shortened[a])
    found: Bools = (shorter | share(profile.shortened[a], profile.shortened[b])) & ~named
    return found


def _alike(left: Models, right: Models) -> Bools:
    """Whether two codes have one shape: codes of one system that differ are two models of it."""
    found = np.zeros(len(left), dtype=bool)
    for place in range(right.shape[1]):
        column = right[:, place : place + 1]
        found |= ((left != 0) & (column != 0) & ((left & 63) == (column & 63))).any(axis=1)
    return found


def _one_maker(left: Codes, right: Codes) -> Bools:
    """Whether two brands are one: the same as a whole, or all words of the one among those of the other."""
    whole = (of_both(left[:, :1], right[:, :1]) != 0)[:, 0]
    words_left, words_right = left[:, 1:], right[:, 1:]
    fewer = np.minimum((words_left != 0).sum(axis=1), (words_right != 0).sum(axis=1))
    common = (of_both(words_left, words_right) != 0).sum(axis=1)
    found: Bools = whole | ((fewer > 0) & (common == fewer))
    return found


def evidence(pairs: Pairs, profile: Profile, commonness: Commonness) -> pl.DataFrame:
    """One line per pair; every column is a fact about both products, no verdict yet."""
    rarity, weights = Rarity(commonness), Weights(commonness)
    a, b = pairs.left, pairs.right
    look_a, look_b = profile.look[a], profile.look[b]
    own_a, own_b = profile.own[a], profile.own[b]
    full = of_both(own_a, own_b)
    cross_a, cross_b = profile.other.found(own_a, b), profile.other.found(own_b, a)
    stem = of_both(profile.stems[a], profile.stems[b])
    has_a, has_b = (own_a != 0).any(axis=1), (own_b != 0).any(axis=1)
    crossed_a, crossed_b = (cross_a != 0).any(axis=1), (cross_b != 0).any(axis=1)
    lone_code_a = np.where((full == 0) & (cross_a == 0), own_a, np.uint64(0))
    lone_code_b = np.where((of_both(own_b, own_a) == 0) & (cross_b == 0), own_b, np.uint64(0))
    weak = of_both(profile.weak[a], profile.weak[b])
    agree, differ = _facts_agree(profile.facts[a], profile.facts[b])
    brand_a, brand_b = profile.brand[a], profile.brand[b]
    named_a, named_b = (brand_a != 0).any(axis=1), (brand_b != 0).any(axis=1)
    maker_a, maker_b = profile.maker[a], profile.maker[b]
    maker = _one_maker(maker_a, maker_b)
    brand = (of_both(brand_a, np.hstack((brand_b, profile.lead[b]))) != 0).any(axis=1)
    brand |= (of_both(brand_b, profile.lead[a]) != 0).any(axis=1)
    brand |= ~named_a & ~named_b & (profile.lead[a][:, 0] == profile.lead[b][:, 0])
    brand = np.where(named_a & named_b, maker, brand)
    brands = np.hstack((brand_a, brand_b)) & ~np.uint32(1)
    named_words_a = of_both(profile.words[a] & ~np.uint32(1), brands) != 0
    named_words_b = of_both(profile.words[b] & ~np.uint32(1), brands) != 0
    colour_a, colour_b = profile.colour[a], profile.colour[b]
    hint_a, hint_b = profile.hint[a], profile.hint[b]
    size_a, size_b = profile.size[a], profile.size[b]
    words_a, words_b = profile.words[a], profile.words[b]
    # A model code that the other product has none to hold against is no word that differs.
    spared_a = (has_a & ~has_b)[:, None] & among_codes(words_a, own_a)
    spared_b = (has_b & ~has_a)[:, None] & among_codes(words_b, own_b)
    common_a = of_both(words_a, words_b) != 0
    lone_a = np.where(~common_a & ~spared_a, words_a, np.uint32(0))
    lone_b = np.where((of_both(words_b, words_a) == 0) & ~spared_b, words_b, np.uint32(0))
    # A brand is compared on its own; that two titles both have it makes them no more alike.
    weight_a, weight_b = np.where(named_words_a, 0, weights(words_a)), np.where(named_words_b, 0, weights(words_b))
    left_a, left_b = np.where(lone_a != 0, weight_a, 0), np.where(lone_b != 0, weight_b, 0)
    norm_a, norm_b = (weight_a**2).sum(axis=1), (weight_b**2).sum(axis=1)
    # The mean of both sides, which are the same but for rounding: it must not matter which product is the left one.
    shared = ((norm_a - (left_a**2).sum(axis=1)) + (norm_b - (left_b**2).sum(axis=1))) / 2
    likeness = shared / np.sqrt(np.maximum(norm_a * norm_b, np.float32(1e-9)))
    lone_numbers_a = of_both(profile.numbers[a], profile.numbers[b]) != profile.numbers[a]
    lone_numbers_b = of_both(profile.numbers[b], profile.numbers[a]) != profile.numbers[b]
    worded_a, worded_b = (((lone != 0) & ((lone & 1) == 0)).any(axis=1) for lone in (lone_a, lone_b))
    extended = of_both(full, np.hstack((profile.extended[a], profile.extended[b])))
    further = (profile.edition[a] != profile.edition[b]) | (profile.trim[a] != profile.trim[b])
    more = (lone_a != 0).sum(axis=1) + (lone_b != 0).sum(axis=1)
    keyboard_a, keyboard_b = profile.keyboard[a], profile.keyboard[b]
    return pl.DataFrame(
        {
            "left": a,
            "right": b,
            "likeness": likeness,
            "full": rarity(full),
            "cross": np.maximum(rarity.of_readings(cross_a), rarity.of_readings(cross_b)),
            "stem": rarity(stem),
            "crosses": crossed_a ^ crossed_b,
            "fits": (crossed_a & ~crossed_b & has_b) | (crossed_b & ~crossed_a & has_a),
            "coded_left": has_a,
            "coded_right": has_b,
            "weak": rarity(weak),
            "spare_left": (lone_code_a != 0).any(axis=1),
            "spare_right": (lone_code_b != 0).any(axis=1),
            "siblings": _alike(lone_code_a, lone_code_b),
            "facts_agree": agree,
            "facts_differ": differ,
            "packs_differ": _packed(profile.facts[a]) != _packed(profile.facts[b]),
            "brand_agrees": brand,
            "brand_differs": ~brand & named_a & named_b,
            "brand_unknown": ~named_a & ~named_b,
            "colour_agrees": (colour_a & colour_b) != 0,
            "colour_differs": (colour_a != 0) & (colour_b != 0) & ((colour_a & colour_b) == 0),
            "hint_differs": ((colour_a | hint_a) != 0)
            & ((colour_b | hint_b) != 0)
            & (((colour_a | hint_a) & (colour_b | hint_b)) == 0),
            "size_differs": (size_a != size_b) & (size_a != 0) & (size_b != 0),
            "editions_differ": profile.edition[a] != profile.edition[b],
            "trims_differ": profile.trim[a] != profile.trim[b],
            "generations_differ": _generations(profile.facts[a]) != _generations(profile.facts[b]),
            "bundles_differ": profile.bundle[a] != profile.bundle[b],
            "extras_differ": ((profile.bundle[a] ^ profile.bundle[b]) & np.uint64(2)) != 0,
            "keyboards_differ": _apart(keyboard_a & LAYOUT_MASK, keyboard_b & LAYOUT_MASK)
            | _apart(keyboard_a & ~LAYOUT_MASK, keyboard_b & ~LAYOUT_MASK),
            "models_differ": (
                (full == 0).all(axis=1) & _shorter_models(pairs, profile, colour_a | hint_a | colour_b | hint_b)
            )
            | (further & ((extended != 0).any(axis=1) | (more == 1))),
            "number_more": lone_numbers_a.any(axis=1) | lone_numbers_b.any(axis=1),
            "numbers_apart": lone_numbers_a.any(axis=1) & lone_numbers_b.any(axis=1),
            "words_lone_none": ~worded_a & ~worded_b,
            "numbers_differ": (lone_a & 1).any(axis=1) & (lone_b & 1).any(axis=1),
            "words_lone": np.minimum(left_a.max(axis=1), left_b.max(axis=1)),
            "words_lone_any": np.maximum(left_a.max(axis=1), left_b.max(axis=1)),
            "words_shared": np.where(common_a, weight_a, 0).max(axis=1),
            "words_differ": (left_a > 0).any(axis=1) & (left_b > 0).any(axis=1),
            "looks_same": (look_a == look_b) & (look_a != 0),
            "in_crowd": in_crowd(look_a, commonness) | in_crowd(look_b, commonness),
            "flavours_differ": profile.flavour[a] != profile.flavour[b],
        }
    )
