"""A stack whose processes are killed and stopped while it works, each started again at once.

Used by `test_chaos.py` for some rounds, and by `make chaos` for as many as are wanted:
`python -m tests.e2e.chaos --rounds 50 --products 20000`. With `--database postgresql` on a server of its own, which is
restarted, too; `--workers 2` adds processes of Silver and of ingest that do jobs and nothing else. After the rounds of
the main job come as many in which a batch is ingested; `--rounds 0 --ingestions 15` does only those. A round is
disturbed by what its seed says, at times that no two runs share: `--rounds 1 --seed 7` repeats the round of seed 7.
"""

import argparse
import shutil
import sys
import tempfile
import time
import traceback
import uuid
from contextlib import nullcontext
from pathlib import Path

from bench import data
from tests.e2e.conftest import address_of
from tests.e2e.disturbing import FROZEN_SECONDS, ROUND_SECONDS, Disturbed, Patient, Plague
from tests.e2e.ingesting import SWEPT_OFTEN, IngestionRound
from tests.e2e.outcome import Reader, by_id
from tests.e2e.victims import START_SECONDS, Victims
from tests.support import postgres

# So that even a small catalog has several.
SMALL_PARTITIONS = {"ASSAY_SILVER_PARTITION_SIZE": "1000", "ASSAY_GOLD_PARTITION_SIZE": "1000"}
MOST_OF_INGESTIONS = 8
RUN = {"scope": "all", "imageChecks": "syntax"}


def main_job(client: Patient, rows: bytes) -> tuple[str, dict]:
    """Import, Silver and Gold in a catalog of its own: its id, and what was told of the jobs, by name of what it is."""
    name = uuid.uuid4().hex
    answer = client.ask("POST", "catalogs", json={"name": name})
    # The answer to the first one may have been lost.
    known = answer.json() if answer.status_code in (200, 201) else {}
    catalog = known["catalog"]["id"] if known else next(c["id"] for c in client.every("catalogs") if c["name"] == name)
    upload = {"params": {"catalog_id": catalog}, "files": {"file": ("products.csv", rows)}}
    imported = client.do("import", catalog, "POST", "catalog/products/import", **upload)
    client.headers |= {"Prefer": "respond-async"}
    silver = client.do("silver", catalog, "POST", f"catalogs/{catalog}/batch/silver", json=RUN)
    gold = client.do("gold", catalog, "POST", f"catalogs/{catalog}/batch/gold", json={"scope": "all"})
    results = {
        f"{job['kind']} results": by_id(
            (one["productId"], one) for one in client.every(f"jobs/{job['id']}/results", limit=1000)
        )
        for job in (silver, gold)
    }
    counted = imported["result"]
    return catalog, {
        "imported": (counted["total"], counted["errors"], counted["created"] + counted["unchanged"]),
        "silver": silver["result"],
        "gold": gold["result"],
        **results,
    }


def everything(client: Patient, catalog: str) -> dict:
    """What the services know of the catalog's products, by name of what it is."""
    services = {name: address_of(client.stack, name) for name in ("ingest", "silver", "gold")}
    return Reader(services, client.key, client.workspace, client.deadline).everything(catalog)


class Round(Disturbed):
    """One main job."""

    def __init__(self, victims: Victims, rows: bytes, plague: Plague, seconds: float = ROUND_SECONDS) -> None:
        """`seconds`: how long it may take."""
        super().__init__(victims, plague, seconds)
        self._rows = rows

    def run(self) -> dict:
        """What comes out, by name of what it is. AssertionError when its time is over before."""
        client = self._client
        # Not by the run: of several spellings it registers the one it comes upon first, and no two runs need to agree.
        client.ask("POST", "brands/import", json={"csv": "\n".join(("name", *data.BRANDS))})
        with self._disturbed():
            catalog, told = main_job(client, self._rows)
        return told | everything(client, catalog)


def wait_until_forgotten(victims: Victims) -> None:
    """Returns when no service knows of a job any more; AssertionError when some still do after a while."""
    deadline = time.monotonic() + START_SECONDS
    while left := victims.left_over():
        assert time.monotonic() < deadline, left
        time.sleep(0.2)


def say(text: str) -> None:
    """For whoever waits."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Rounds until one differs from the undisturbed one, or all are done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--products", type=int, default=20_000)
    parser.add_argument("--most", type=int, default=25, help="disturbances of a round at most")
    parser.add_argument("--frozen", type=float, default=FROZEN_SECONDS, help="seconds a process is stopped at most")
    parser.add_argument("--seed", type=int, default=1, help="of the first round; each has the next one")
    parser.add_argument("--seconds", type=float, default=ROUND_SECONDS, help="a round that takes longer has failed")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--workers", type=int, default=0, help="further processes of Silver, and of ingest, for jobs")
    parser.add_argument("--ingestions", type=int, help="rounds of ingestions; as many as of the main job")
    asked = parser.parse_args()
    rows = data.products(asked.products).read_bytes()
    on = postgres.serving(postgres.NO_SYNC) if asked.database == "postgresql" else nullcontext()
    folder = Path(tempfile.mkdtemp(prefix="assay-chaos-"))
    say(f"logs: {folder / 'home'}")
    with on as server:
        settings = {"ASSAY_DATABASE_URL": server.url} if server else {}
        settings |= SMALL_PARTITIONS | SWEPT_OFTEN
        workers = {"workers": asked.workers, "ingest_workers": asked.workers}
        victims = Victims(folder / "home", server=server, **workers, **settings)
        try:
            victims.start()
            for done in (main_jobs(victims, rows, asked), ingestions(victims, asked)):
                wait_until_forgotten(victims)
                say(done)
        finally:
            victims.stop()
    shutil.rmtree(folder)


def main_jobs(victims: Victims, rows: bytes, asked: argparse.Namespace) -> str:
    """Rounds of the main job; what to say of them."""
    if not asked.rounds:
        return "no main job"
    calm = tried(victims, Round(victims, rows, Plague(0, 0), asked.seconds), "undisturbed", {})
    assert calm["imported"] == (asked.products, 0, asked.products), calm["imported"]
    for seed in range(asked.seed, asked.seed + asked.rounds):
        one = Round(victims, rows, Plague(seed, asked.most, asked.frozen), asked.seconds)
        tried(victims, one, f"round {seed - asked.seed + 1} of {asked.rounds}, seed {seed}", calm)
    return f"{asked.rounds} rounds with {asked.products:,} products came out as the undisturbed one"


def ingestions(victims: Victims, asked: argparse.Namespace) -> str:
    """Rounds of ingestions; what to say of them."""
    count = asked.rounds if asked.ingestions is None else asked.ingestions
    # Whatever takes its process down more often is given up.
    most = min(asked.most, MOST_OF_INGESTIONS)
    for seed in range(asked.seed, asked.seed + count):
        one = IngestionRound(victims, asked.products // 2, Plague(seed, most, asked.frozen), asked.seconds)
        tried(victims, one, f"ingestion {seed - asked.seed + 1} of {count}, seed {seed}", one.wanted)
    return f"{count} ingestions of about {asked.products:,} items came out as the model says"


def tried(victims: Victims, one: Disturbed, name: str, calm: dict) -> dict:
    """What comes out of a round, and a line of it. SystemExit when it fails, with all that tells why."""
    started = time.monotonic()
    try:
        found = one.run()
        wrong = differences(calm, found)
    except Exception:  # noqa: BLE001 - whatever it is, it is told with the state of the jobs
        found, wrong = {}, [traceback.format_exc()]
    told = f"in {time.monotonic() - started:.1f} s; {', '.join(one.done) or 'no disturbance'}"
    if not wrong:
        say(f"{name}: as it should be {told}")
        return found
    say(f"{name}: FAILED {told}")
    for line in (*wrong, *one.standing()):
        say(f"  {line}")
    victims.tell_stacks()
    raise SystemExit(f"  logs, with what each thread was at in the end: {victims.home}")


def differences(calm: dict, found: dict) -> list[str]:
    """What is not the same, some of it."""
    told = []
    for name, wanted in calm.items():
        if found[name] == wanted:
            continue
        if not isinstance(wanted, dict):
            told.append(f"{name}: {apart(wanted, found[name])}")
            continue
        keys = [key for key in {**wanted, **found[name]} if wanted.get(key) != found[name].get(key)]
        told.append(f"{name}: {len(keys)} of {len(wanted)} differ")
        told += [f"{name} {key}: {apart(wanted.get(key), found[name].get(key))}" for key in keys[:3]]
    return told


def apart(wanted: object, found: object) -> str:
    """Two values around where they begin to differ."""
    texts = [str(wanted), str(found)]
    same = next((place for place, (one, other) in enumerate(zip(*texts, strict=False)) if one != other), 0)
    return " became ".join(text[max(same - 100, 0) : same + 200] for text in texts)


if __name__ == "__main__":
    main()
