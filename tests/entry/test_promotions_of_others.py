"""Promotions that another process changes while a desk is in use."""

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from cartcore.errors import QuoteChanged
from cartcore.promotions.promotion import Promotion
from cartcore.rules import Selection
from cartcore.rules.builtin import PercentOff
from tests.support.shop import Shop
from tests.torture.database import Database

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.entry.test_promotions_of_others"])
MUGS = Selection(skus=("MUG",))
SWAPS = 9


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database that several processes can open."""
    if request.param == "sqlite":
        yield Database("sqlite", str(tmp_path / "shop.sqlite"))
    else:
        yield Database("postgresql", request.getfixturevalue("postgres_url"))


def swap(database: Database) -> None:
    """Switch one of two promotions off and the other one on, again and again; now and then not."""
    with database.open() as storage:
        for turn in range(SWAPS):
            with storage.write() as work:
                for name in ("a", "b"):
                    old = work.promotions.get(name)
                    work.promotions.save(attrs.evolve(old, enabled=not old.enabled))
                if turn % 3:
                    work.commit()


def test_every_look_sees_one_state(database: Database) -> None:
    """While two processes swap promotions, each view and order has the one or the other (ST-1)."""
    with database.open() as storage:
        shop = Shop(storage)
        with storage.write() as work:
            half = PercentOff(percent=50, target=MUGS)
            for name, enabled in (("a", True), ("b", False)):
                work.promotions.add(Promotion(id=name, name=name, effect=half, enabled=enabled))
            work.commit()
        draft_id = shop.reviewed({"MUG": 2})
        total = shop.total(draft_id)
        seen = []
        others = [PROCESSES.Process(target=swap, args=(database,)) for _ in range(2)]
        for process in others:
            process.start()
        while any(process.is_alive() for process in others):
            seen.append(shop.total(draft_id))
            try:
                seen.append(shop.placed(shop.reviewed({"MUG": 2})).quote.total)
            except QuoteChanged as error:  # it is the other one by now, for as much
                seen.append(error.current.total)
        for process in others:
            process.join()

        assert {total} == {*seen}
        assert [0, 0] == [process.exitcode for process in others]
        assert shop.another_desk(shop.desk.store).view(draft_id) == shop.view(draft_id)
