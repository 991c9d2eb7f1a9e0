"""The link from a product's category to the workspace's category tree: by id, by path, by leaf, by synonyms."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, TypeAlias

import orjson
import polars as pl

from services.silver.rules.category import full_path
from services.silver.rules.keys import words
from services.silver.rules.nearest import NearestNames
from services.silver.rules.remembered import remembered
from services.silver.rules.sheet import Sheet

SUGGESTIONS: Final = 3

_Keys: TypeAlias = tuple[str, ...]
_SEPARATOR: Final = " > "
_KEPT_PATHS: Final = 65_536
_KEPT_CHARS: Final = 512
_LEVELS_READ: Final = 50

# Google's product taxonomy of 2021-09-21: the ids of its first level.
_GOOGLES_ROOTS: Final = words("1 8 111 141 166 222 412 436 469 536 537 632 772 783 888 922 988 1239 2092 5181 5605")
_APOSTROPHES: Final = re.compile("['’ʼ]")
_WORD: Final = re.compile(r"[^\W_]+")
_AND: Final = frozenset({"and", "und", "et", "en"})
_SPECIAL: Final = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ı": "i"})


class Category(NamedTuple):
    """A category of the tree. `path` has its levels joined by " > "; `synonyms` are other names of the last one."""

    id: str
    path: str
    synonyms: tuple[str, ...] = ()


class Link(NamedTuple):
    """What a product's category is in the tree."""

    category: Category | None
    state: str
    """linked, ambiguous or unknown."""
    record: str
    """JSON object text: `state`, and where there are any `suggestions`, each with `id` and `path`."""


class _Rank(NamedTuple):
    """How well a category with the right last level fits a path; more is better."""

    levels: int
    """Levels that agree, counted from the last one."""
    whole: bool
    """All levels of the category agree."""
    by_name: bool
    """The last level is its name, not a synonym."""


class CategoryIndex:
    """A tree, ready for look-ups. What a path means is remembered: a catalog has few paths for many products."""

    def __init__(self, categories: Iterable[Category] = ()) -> None:
        self._by_id: Final = {category.id: category for category in categories}
        self._keys: Final[dict[str, _Keys]] = {}
        self._by_spelling: Final = {category.path: category for category in self._by_id.values()}
        self._by_path: Final[dict[_Keys, list[Category]]] = {}
        self._by_name: Final[dict[str, list[Category]]] = {}
        self._other_names: Final[dict[_Keys, frozenset[str]]] = {}
        self._spelled: Final[dict[str, list[Category]]] = {}
        for category in self._by_id.values():
            self._add(category)
        self._nearest: Final = NearestNames({name: (name, name) for name in self._spelled})
        roots = {identity for identity, keys in self._keys.items() if len(keys) == 1 and identity.isdecimal()}
        self._is_googles: Final = roots <= _GOOGLES_ROOTS and any(len(identity) > 2 for identity in roots)
        self.link: Final = remembered(_KEPT_PATHS, _KEPT_CHARS)(self._link)
        """`_link`, whose answers are kept."""

    def __bool__(self) -> bool:
        return bool(self._by_id)

    def by_id(self, category_id: str) -> Link | None:
        """The category with this id, None when the tree has no such one."""
        category = self._by_id.get(category_id)
        return category and Link(category, "linked", _LINKED)

    def exact(self, path: str) -> Link | None:
        """The category that has this path, level by level, None when none has or more than one."""
        same = self._by_path.get(tuple(map(level_key, path.split(_SEPARATOR))), [])
        category = self._by_spelling.get(path) or (same[0] if len(same) == 1 else None)
        return category and Link(category, "linked", _LINKED)

    def of_channel(self, category: str) -> Link | None:
        """The category that a channel's id or full path means, None when the tree has no such one.

        An id means nothing in a tree of the workspace's own numbers: only where the roots are Google's it counts.
        """
        if category.isdecimal():
            return self.by_id(category) if self._is_googles else None
        return self.exact(full_path(category) or "")

    def _add(self, category: Category) -> None:
        levels = category.path.split(_SEPARATOR)
        keys = tuple(map(level_key, levels))
        synonyms = frozenset(map(level_key, category.synonyms))
        self._keys[category.id] = keys
        self._by_path.setdefault(keys, []).append(category)
        if synonyms:
            self._other_names[keys] = synonyms | self._other_names.get(keys, frozenset())
        for key in {keys[-1], *synonyms}:
            self._by_name.setdefault(key, []).append(category)
        for name in {_spelled(levels[-1]), *map(_spelled, category.synonyms)}:
            self._spelled.setdefault(name, []).append(category)

    def _link(self, path: str) -> Link:
        """What a path (levels joined by " > ") means in the tree.

        A category has the path's last level as its name or as a synonym. Of several the one counts that agrees in
        most levels, from the last one up; when two agree in as many, the path is ambiguous. The tree's own spelling of
        a path always means that category.
        """
        if same := self.exact(path):
            return same
        levels = path.split(_SEPARATOR)[-_LEVELS_READ:]
        keys = tuple(map(level_key, levels))
        ranked = self._ranked(keys)
        if not ranked:
            return Link(None, "unknown", _record("unknown", self._alike(levels, keys)))
        best = [category for rank, category in ranked if rank == ranked[0][0]]
        if len(best) == 1:
            return Link(best[0], "linked", _LINKED)
        return Link(None, "ambiguous", _record("ambiguous", [category for _, category in ranked]))

    def _ranked(self, keys: _Keys) -> list[tuple[_Rank, Category]]:
        """The categories whose name is the last level, the best first.

        A name with a separator in it ("TV/Video") comes as several levels, so all of them together are tried too.
        """
        found = self._by_name.get(keys[-1])
        if found is None:
            keys = ("".join(keys),)
            found = self._by_name.get(keys[0], [])
        ranks = [(self._rank(keys, category), category) for category in found]
        return sorted(ranks, key=lambda ranked: (ranked[0], self._shared(keys, ranked[1])), reverse=True)

    def _rank(self, keys: _Keys, category: Category) -> _Rank:
        own = self._keys[category.id]
        levels = 0
        for back in range(1, min(len(own), len(keys)) + 1):
            key = keys[-back]
            if key != own[-back] and key not in self._other_names.get(own[: len(own) - back + 1], ()):
                break
            levels = back
        return _Rank(levels, levels == len(own), own[-1] == keys[-1])

    def _shared(self, keys: _Keys, category: Category) -> int:
        return len(set(keys).intersection(self._keys[category.id]))

    def _alike(self, levels: Sequence[str], keys: _Keys) -> list[Category]:
        """Categories with a name like the last level, and the one that the level above it means."""
        near = self._nearest.of(_spelled(levels[-1]))
        found = [
            category
            for name in near
            for category in sorted(self._spelled[name], key=lambda category: -self._shared(keys, category))
        ]
        above = [category for _, category in self._ranked(keys[:-1])[:1]] if len(keys) > 1 else []
        return list(dict.fromkeys(found[: SUGGESTIONS - len(above)] + above))


NO_CATEGORIES: Final = CategoryIndex()
"""A workspace without a tree."""


def link_category(sheet: Sheet, categories: CategoryIndex) -> pl.Series:
    """Link products to the tree and return `_category`: the link's record, null where there is nothing to link.

    A linked product gets the category's id, and its path as the tree spells it. An id of the tree decides over a path;
    an id that is none of the tree's is dropped. Where the path is none of the tree's, level by level, the category of a
    channel beside it ("google_product_category" beside "product_type") decides, if the tree has that. What stays
    unlinked keeps its path. Without a tree nothing changes.

    Rule ids: category.link (the tree's spelling replaces the source's), category.unknown, category.ambiguous.
    """
    name = "_category"
    if not categories or not (sheet.has("categoryPath") or sheet.has("categoryId")):
        return pl.Series(name, [None], dtype=pl.String).new_from_index(0, sheet.height)
    paths, ids = sheet.get("categoryPath").to_list(), sheet.get("categoryId").to_list()
    links = [_link_of(path, category_id, categories) for path, category_id in zip(paths, ids, strict=True)]
    if (channel := sheet.extras.get("_channelCategory")) is not None:
        said = zip(links, paths, ids, channel.to_list(), strict=True)
        links = [_by_channel(link, path, category_id, other, categories) for link, path, category_id, other in said]
    linked = [link.category if link else None for link in links]
    sheet.set("categoryId", _texts([category and category.id for category in linked]), "category.link")
    own = [category.path if category else path for category, path in zip(linked, paths, strict=True)]
    if own != paths:
        sheet.set("categoryPath", _texts(own), "category.link")
    for state, message in _MESSAGES:
        missed = [link is not None and link.state == state for link in links]
        if any(missed):
            sheet.flag(f"category.{state}", "categoryPath", "warning", pl.Series(missed), message)
    return _texts([link.record if link else None for link in links]).alias(name)


def _link_of(path: str | None, category_id: str | None, categories: CategoryIndex) -> Link | None:
    found = categories.by_id(category_id) if category_id is not None else None
    if found or (path is None and category_id is None):
        return found
    return _UNKNOWN if path is None else categories.link(path)


def _by_channel(
    link: Link | None, path: str | None, category_id: str | None, other: str | None, categories: CategoryIndex
) -> Link | None:
    """Return the link by a channel's category, where neither the id nor the path itself is the tree's."""
    if other is None or (category_id and categories.by_id(category_id)) or (path and categories.exact(path)):
        return link
    return categories.of_channel(other.strip()) or link


@remembered(entries=65_536, longest=256)
def level_key(name: str) -> str:
    """Return a name without case, accents, spaces, punctuation, "and" and plural: "Men’s Watches", "MENS WATCH".

    A name of nothing but signs keeps them.
    """
    return "".join(_words(name)) or name.casefold()


def _spelled(name: str) -> str:
    """Return the words of a name in an order of their own, for comparing."""
    return " ".join(sorted(_words(name))) or name.casefold()


def _words(name: str) -> list[str]:
    decomposed = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", name).casefold()).translate(_SPECIAL)
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return [_singular(word) for word in _WORD.findall(plain) if word not in _AND]


def _singular(word: str) -> str:
    """Return an English plural as its singular; others lose their "s". "Movie" and "movies" both become "movy"."""
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return f"{word[:-2]}y" if len(word) > 4 and word.endswith("ie") else word


def _record(state: str, suggestions: Sequence[Category]) -> str:
    record: dict[str, object] = {"state": state}
    if suggestions:
        record["suggestions"] = [{"id": found.id, "path": found.path} for found in suggestions[:SUGGESTIONS]]
    return orjson.dumps(record).decode()


def _texts(values: Sequence[str | None]) -> pl.Series:
    return pl.Series(values, dtype=pl.String)


_LINKED: Final = _record("linked", [])
_UNKNOWN: Final = Link(None, "unknown", _record("unknown", []))
_MESSAGES: Final = (
    ("ambiguous", "More than one of the workspace's categories may be meant."),
    ("unknown", "The category is not one of the workspace's categories."),
)
