"""What has become of the active promotions since an earlier look at them."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from random import Random

import attrs
import pytest

from cartcore.errors import AlreadyExists, Conflict, InvalidField
from cartcore.promotions.promotion import Promotion, Trigger
from cartcore.storage.ports import Storage, UnitOfWork
from cartcore.testing.records import (
    NOON,
    a_contact,
    a_draft,
    a_product,
    a_promotion,
    an_order,
    redeeming,
)
from cartcore.testing.storage.contract import Contract, changes
from cartcore.testing.storage.kinds import ids, store

HOUR = timedelta(hours=1)


@attrs.define
class Follower:
    """The active promotions as those have them who read all of them once, and then what changed."""

    revision: int
    at: datetime
    active: dict[str, Promotion]

    @classmethod
    def of(cls, work: UnitOfWork, at: datetime) -> "Follower":
        """Read all of them."""
        revision = work.promotions.revision()
        assert revision is not None
        return cls(revision, at, {each.id: each for each in work.promotions.active(at)})

    def follow(self, work: UnitOfWork, now: datetime) -> "Follower":
        """Return what they are in this work, which sees no state before this one, and then."""
        found = work.promotions.changes(self.revision, self.at, now)
        assert len(found.promotions) == len(set(ids(found.promotions)))
        changed = {each.id: each for each in found.promotions}
        kept = {key: each for key, each in self.active.items() if key not in changed}
        now_active = kept | {key: each for key, each in changed.items() if _is_active(each, now)}
        revision = self.revision if found.revision is None else found.revision
        return Follower(revision, now, now_active)

    def sees(self, work: UnitOfWork) -> bool:
        """Whether they are those that are active, as all of them are read."""
        return {each.id: each for each in work.promotions.active(self.at)} == self.active


def _is_active(promotion: Promotion, at: datetime) -> bool:
    return (
        promotion.enabled
        and promotion.trigger is not Trigger.CODE
        and (promotion.starts_at is None or promotion.starts_at <= at)
        and (promotion.ends_at is None or at < promotion.ends_at)
    )


def _drawn(random: Random, promotion_id: str) -> Promotion:
    """Return a promotion that is active at some time, or never."""
    starts, ends = sorted(NOON + HOUR * hour for hour in random.sample(range(8), 2))
    trigger = random.choice(list(Trigger))
    return a_promotion(
        promotion_id,
        trigger=trigger,
        codes=(f"code of {promotion_id}",) if trigger is Trigger.CODE else (),
        starts_at=random.choice((None, starts)),
        ends_at=random.choice((None, ends)),
        enabled=random.random() < 0.8,
        priority=random.randrange(100),
    )


def _change(work: UnitOfWork, random: Random, promotion_ids: Iterable[str]) -> None:
    """Add or change promotions."""
    there = work.promotions.many(promotion_ids)
    for promotion_id in promotion_ids:
        new = _drawn(random, promotion_id)
        if promotion_id in there:
            work.promotions.save(attrs.evolve(new, version=there[promotion_id].version))
        elif random.random() < 0.5:
            work.promotions.add(new)
        else:
            work.promotions.restore([attrs.evolve(new, version=3)])


class PromotionChangesContract(Contract):
    """Who follows the changes of promotions has what all of them would say."""

    @pytest.mark.parametrize("seed", range(6))
    def test_changes_lead_from_any_state_to_any_later_one(
        self, storage: Storage, seed: int
    ) -> None:
        """From each earlier look they lead to what is active now, forward and back (PR-23)."""
        random = Random(seed)  # noqa: S311
        with storage.read() as work:
            followers = [Follower.of(work, NOON)]
        for _ in range(12):
            with storage.write() as work:
                some = [f"p{i}" for i in random.sample(range(7), random.randrange(3))]
                _change(work, random, some)
                now = NOON + HOUR * random.randrange(-1, 9) / random.choice((1, 2))
                assert random.choice(followers).follow(work, now).sees(work)
                if random.random() < 0.7:
                    work.commit()
            with storage.read() as work:
                for follower in followers:
                    assert follower.follow(work, now).sees(work)
                followers.append(Follower.of(work, now))

    @changes("promotions", "contacts", "products")
    def test_every_change_has_a_revision(self, storage: Storage) -> None:
        """Each commit of a change makes it larger, and nothing else does (PR-23)."""
        changes: tuple[Callable[[UnitOfWork], object], ...] = (
            lambda work: work.promotions.add(a_promotion("p1")),
            lambda work: work.promotions.save(a_promotion("p1", version=1, priority=1)),
            lambda work: work.promotions.restore([a_promotion("p2", version=4)]),
        )
        others: tuple[Callable[[UnitOfWork], object], ...] = (
            lambda work: work.promotions.restore([]),
            lambda work: work.contacts.add(a_contact()),
            lambda work: work.products.add(a_product()),
            lambda work: work.drafts.add(a_draft()),
            lambda work: work.orders.add(redeeming(an_order(), "p1")),
        )
        for number, change in enumerate((*changes, *others)):
            before = _revision(storage)
            with storage.write() as work:
                change(work)
                work.commit()
            assert (before < _revision(storage)) == (number < len(changes)), number

    @changes("promotions", undone=True)
    def test_what_was_not_committed_has_no_revision(self, storage: Storage) -> None:
        """In the work that changed something it is None, and is as before when that is lost."""
        self.store(storage, "promotions", a_promotion("p1"))
        before = _revision(storage)
        with storage.write() as work:
            assert before == work.promotions.revision()
            work.promotions.save(a_promotion("p1", version=1, enabled=False))
            assert work.promotions.revision() is None
            assert work.promotions.changes(before, NOON, NOON).revision is None

        assert before == _revision(storage)

    @changes("promotions")
    def test_a_refused_change_is_none(self, storage: Storage) -> None:
        """A promotion that was refused beside others that are stored is not changed (PR-23)."""
        self.store(storage, "promotions", a_promotion("p1"), a_promotion("p2"))
        with storage.read() as work:
            follower = Follower.of(work, NOON)
        with storage.write() as work:
            work.promotions.save(a_promotion("p1", version=1, priority=5))
            with pytest.raises(Conflict):
                work.promotions.save(a_promotion("p2", version=7))
            with pytest.raises(AlreadyExists):
                work.promotions.restore([a_promotion(f"p{i}", version=1) for i in (3, 2)])
            assert follower.follow(work, NOON).sees(work)
            work.commit()
        with storage.read() as work:
            found = work.promotions.changes(follower.revision, NOON, NOON)
            assert ["p1"] == ids(found.promotions)
            assert follower.follow(work, NOON).sees(work)

    @changes("promotions", undone=True)
    def test_a_lost_change_is_not_taken_for_the_next_one(self, storage: Storage) -> None:
        """Of two works that change one after the other, what the second one stored is seen."""
        self.store(storage, "promotions", a_promotion("p1"), a_promotion("p2"))
        with storage.read() as work:
            follower = Follower.of(work, NOON)
        with storage.write() as work:
            work.promotions.save(a_promotion("p1", version=1, enabled=False))
            assert ["p2"] == list(follower.follow(work, NOON).active)
        with storage.write() as work:
            work.promotions.save(a_promotion("p2", version=1, enabled=False))
            work.commit()

        with storage.read() as work:
            assert ["p1"] == list(follower.follow(work, NOON).active)

    @changes("promotions")
    def test_a_reader_has_the_revision_of_what_it_sees(self, storage: Storage) -> None:
        """A picture that is older than a state says so, and knows of no later change (ST-1)."""
        self.need_work_apart()
        self.store(storage, "promotions", a_promotion("p1"))
        with storage.read() as old:
            before = old.promotions.revision()
            assert before is not None
            with storage.write() as work:
                work.promotions.save(a_promotion("p1", version=1, enabled=False))
                work.promotions.add(a_promotion("p2"))
                work.commit()
            after = _revision(storage)
            later = old.promotions.changes(after, NOON, NOON)
            assert before == old.promotions.revision() == later.revision
            assert () == old.promotions.changes(before, NOON, NOON).promotions

    @changes("promotions")
    def test_the_last_change_of_each_is_given_once(self, storage: Storage) -> None:
        """However often one was changed, begins and ends meanwhile: it is given as it is now."""
        self.store(storage, "promotions", *(a_promotion(f"p{i}") for i in range(5)))
        before = _revision(storage)
        for version in range(1, 4):
            with storage.write() as work:
                window = {"starts_at": NOON + HOUR, "ends_at": NOON + 2 * HOUR}
                changed = a_promotion("p3", version=version, priority=version, **window)
                work.promotions.save(changed)
                work.commit()
        with storage.read() as work:
            [found] = work.promotions.changes(before, NOON, NOON + 3 * HOUR).promotions
            assert work.promotions.get("p3") == found

    @changes("promotions")
    def test_writers_side_by_side_are_followed(self, storage: Storage) -> None:
        """What several threads change at once is seen by each look, to the last one (PR-23)."""
        self.need_concurrent_writers()
        self.store(storage, "promotions", *(a_promotion(f"p{i}") for i in range(4)))
        with storage.read() as work:
            first = Follower.of(work, NOON)

        def change(i: int) -> None:
            for _ in range(5):
                with storage.write() as work:
                    old = work.promotions.get(f"p{i}")
                    work.promotions.save(attrs.evolve(old, enabled=not old.enabled))
                    work.commit()

        def look(_: int) -> None:
            follower = first
            for _ in range(20):
                with storage.read() as work:
                    follower = follower.follow(work, NOON)
                    assert follower.sees(work)

        with ThreadPoolExecutor(6) as pool:
            changing = [pool.submit(change, i) for i in range(4)]
            looking = [pool.submit(look, i) for i in range(2)]
            for each in (*changing, *looking):
                each.result()
        with storage.read() as work:
            assert [] == list(first.follow(work, NOON).active)

    def test_revisions_go_on_after_reopening(self, storage: Storage) -> None:
        """A storage that is opened again does not begin anew (ST-1)."""
        if not self.survives_reopening:
            pytest.skip("the adapter declares survives_reopening = False")
        self.store(storage, "promotions", a_promotion("p1"))
        before = _revision(storage)
        again = self.reopen(storage)
        with again.read() as work:
            assert before == work.promotions.revision()
        store(again, "promotions", a_promotion("p2"))
        with again.read() as work:
            assert ["p2"] == ids(work.promotions.changes(before, NOON, NOON).promotions)

    def test_changes_between_times_without_a_zone_are_refused(self, storage: Storage) -> None:
        """Nobody knows what became of promotions until a time without a time zone."""
        naive = NOON.replace(tzinfo=None)
        with storage.read() as work:
            for was, now in ((naive, NOON), (NOON, naive)):
                with pytest.raises(InvalidField):
                    work.promotions.changes(0, was, now)


def _revision(storage: Storage) -> int:
    with storage.read() as work:
        revision = work.promotions.revision()
    assert revision is not None
    return revision
