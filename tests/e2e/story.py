"""A catalog, a batch that is ingested into it, and what is streamed meanwhile: what a round of ingestions is about.

Whatever is streamed comes to the same whether it comes before the ingestion, during it or afterwards: items that the
batch puts are put or removed at times later than those of the batch or earlier, and only others are patched.
"""

import itertools
import random

from tests.e2e.model import Came, Item, Model, Sent

SOURCE = "shop"
OTHER = "other"
FEW = 20
BEFORE, EARLY, BATCH, LATE = 0, 5_000, 10_000, 20_000
"""When things happen, in milliseconds: what was there, and what is streamed with an earlier time than what is in the
batch; that; and what is streamed with a later one.
"""
LANES = 2


class Story:
    """See module. `size`: about as many products."""

    def __init__(self, seed: int, size: int) -> None:
        self._dice = random.Random(seed)
        self._names = itertools.count()
        self.imported = [self._name("imported") for _ in range(FEW)]
        """Ids of products that come as a file."""
        self.former: dict[str, list[Sent]] = {SOURCE: [], OTHER: []}
        """Batches of before, by source."""
        self.first_streamed: list[Sent] = []
        self.batch: list[Sent] = []
        self.streamed: list[list[list[Sent]]] = [[] for _ in range(LANES)]
        """Requests one after the other, of several clients; each has operations of one kind."""
        self._late = itertools.count(LATE)
        self._tell_of_the_shop(size)
        self._tell_of_others(size // 5)
        self._tell_of_new_ones(size // 2)
        self._tell_of_what_is_streamed()
        self._dice.shuffle(self.batch)
        self.before = self._made_before()
        self.after, self.came = self._ingested(self.before)
        """Without what is streamed; and what is told of the ingestion."""
        self.final = self.after.copy()
        for one in self._all_streamed():
            self.final.stream(one)
        self.touched = {key for key in self.before.items.keys() | self.final.items.keys() if self._is_touched(key)}
        """Items that what is streamed has something of."""
        self.unclear = len({one.key for one in self._all_streamed()} & {one.key for one in self.batch})
        """Items that count as upserted or not, as what is streamed comes earlier or later."""
        first = self.before.copy()
        for one in self._all_streamed():
            first.stream(one)
        assert self._ingested(first)[0].there() == self.final.there(), "the story does not hold"

    def _made_before(self) -> Model:
        # Whatever is known of a time is later than what knows none.
        model = Model({name: Item(BEFORE - 1_000, {"id": name, "title": name}) for name in self.imported})
        for source, batch in self.former.items():
            model.ingest(batch, source)
        for one in self.first_streamed:
            model.stream(one)
        return model

    def _ingested(self, model: Model) -> tuple[Model, Came]:
        after = model.copy()
        return after, after.ingest(self.batch, SOURCE, delete_missing=True)

    def _all_streamed(self) -> list[Sent]:
        return [one for lane in self.streamed for request in lane for one in request]

    def _is_touched(self, key: str) -> bool:
        def of(model: Model) -> object:
            item = model.items.get(key)
            return item and (item.document, item.parent)

        return of(self.after) != of(self.final) or any(one.key == key for one in self._all_streamed())

    def _name(self, what: str) -> str:
        # So that those of one kind lie all over the catalog.
        return f"{self._dice.randrange(16**4):04x}-{what}-{next(self._names)}"

    def _is(self, share: float) -> bool:
        return self._dice.random() < share

    def _product(self, name: str, at: int, kind: str = "put", **wrong: object) -> Sent:
        attributes = {"title": f"{name} at {at}", "price": self._dice.randrange(1, 10_000) / 100}
        if kind == "patch":
            attributes = {"note": f"changed at {at}"}
        return Sent(kind, "product", name, at, None if kind == "delete" else attributes | wrong)

    def _variant(self, name: str, at: int, parent: str | None, kind: str = "put") -> Sent:
        attributes = None if kind == "delete" else {"size": at}
        return Sent(kind, "variant", name, at, attributes, None if kind == "delete" else parent)

    def _times(self, count: int, start: int) -> list[int]:
        return sorted(self._dice.sample(range(start, start + 5_000), count))

    def _tell_of_the_shop(self, size: int) -> None:
        """Products of the source that is ingested: put, changed, deleted, made invalid, or not heard of again."""
        for _ in range(size):
            name = self._name("shop")
            self.former[SOURCE].append(self._product(name, self._times(1, BEFORE)[0]))
            first, second, third = self._times(3, BATCH)
            put, patch = self._product(name, first), self._product(name, second, "patch")
            told = self._dice.choices(
                [
                    [put],
                    [put, patch],
                    [patch],
                    [put, self._product(name, second, "delete"), self._product(name, third)],
                    [patch, self._product(name, third, "delete")],
                    [self._product(name, BEFORE - 1)],  # older than what is there
                    [put, self._product(name, second, title=None)],
                    [self._product(name, first, "patch", price="dear")],
                    [],
                ],
                [30, 15, 10, 5, 8, 2, 2, 2, 20],
            )[0]
            self.batch += told
            if self._is(0.3):
                self._tell_of_variants(name)

    def _tell_of_variants(self, parent: str) -> None:
        for _ in range(2):
            name = self._name("variant")
            self.former[SOURCE].append(self._variant(name, self._times(1, BEFORE)[0], parent))
            (at,) = self._times(1, BATCH)
            kind = self._dice.choices(["put", "patch", "delete", None], [50, 20, 10, 20])[0]
            if kind is not None:
                self.batch.append(self._variant(name, at, parent if kind == "put" else None, kind))

    def _tell_of_others(self, size: int) -> None:
        """Products of another source: they stay, but for what the batch has of them."""
        for _ in range(size):
            name, variant = self._name("other"), self._name("variant")
            self.former[OTHER] += [
                self._product(name, self._times(1, BEFORE)[0]),
                self._variant(variant, self._times(1, BEFORE)[0], name),
            ]
            (at,) = self._times(1, BATCH)
            told = self._dice.choices(["put", "patch", "delete", "variant", None], [5, 5, 5, 10, 75])[0]
            if told == "variant":
                self.batch.append(self._variant(self._name("variant"), at, name))
            elif told is not None:
                self.batch.append(self._product(name, at, told))
        for name in self.imported[: FEW // 2]:
            self.batch.append(self._product(name, self._times(1, BATCH)[0]))

    def _tell_of_new_ones(self, size: int) -> None:
        for _ in range(size):
            name = self._name("new")
            first, second = self._times(2, BATCH)
            is_good = self._is(0.95)
            self.batch.append(self._product(name, second, **({} if is_good else {"price": "dear", "title": None})))
            if self._is(0.3):  # before it was put
                self.batch.append(self._product(name, first, self._dice.choice(["put", "patch", "delete"])))
            if self._is(0.3):
                self.batch.append(self._variant(self._name("variant"), first, name))
        for _ in range(FEW):
            self.batch.append(self._product(self._name("nobody"), BATCH, "patch"))
            self.batch.append(self._variant(self._name("variant"), BATCH, self._dice.choice([None, "nobody"])))

    def _tell_of_what_is_streamed(self) -> None:
        kept, going = ([self._name(what) for _ in range(FEW)] for what in ("kept", "going"))
        variants = {self._name("variant"): name for name in going}
        self.former[OTHER] += [self._product(name, BEFORE) for name in (*kept, *going)]
        self.former[OTHER] += [self._variant(name, BEFORE, parent) for name, parent in variants.items()]
        there = (*kept, *self.imported[FEW // 2 :])
        told = [self._some(name, ["patch", "put", "patch"]) for name in there]
        told += [self._some(name, ["delete"]) for name in going]  # and their variants
        for _ in range(FEW):
            name, variant = self._name("streamed"), self._name("variant")
            self.first_streamed.append(self._product(name, BEFORE))
            kinds = self._dice.choice([["patch"], ["put", "patch"], ["delete"], ["delete", "put", "patch"]])
            told.append(self._some(name, kinds))
            told.append([self._variant(variant, next(self._late), self._dice.choice(kept))])
            told.append(self._some(self._name("streamed"), ["put", "patch", "delete", "put"]))
        for number in range(2 * FEW):
            name = self._name("both")
            if number % 2:
                self.former[SOURCE].append(self._product(name, BEFORE))
            self.batch.append(self._product(name, BATCH))
            kinds = self._dice.choice([["put", "patch"], ["delete"], ["put", "delete"]])
            early = [self._product(name, EARLY, self._dice.choice(["put", "delete"]))]
            told.append(self._some(name, kinds) if self._is(0.5) else early)
        self._line_up(told)

    def _some(self, name: str, kinds: list[str]) -> list[Sent]:
        return [self._product(name, next(self._late), kind) for kind in kinds]

    def _line_up(self, told: list[list[Sent]]) -> None:
        """Each item's in their order, by one client, between those of others."""
        lanes: list[list[list[Sent]]] = [[] for _ in range(LANES)]
        for number, some in enumerate(told):
            lanes[number % LANES].append(list(some))
        for lane, waiting in zip(self.streamed, lanes, strict=True):
            while some := [one for one in waiting if one]:
                lane.append([self._dice.choice(some).pop(0)])
