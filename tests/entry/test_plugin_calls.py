"""What the desk logs of plugins, and what staff are told (PK-16)."""

import logging
from time import sleep
from typing import Any, ClassVar

import attrs
import pytest

from cartcore.adapters.memory import MemoryStorage
from cartcore.entry.plugin_calls import SELDOM, SLOW, PluginLog
from cartcore.errors import PluginError
from cartcore.pricing.policy import OnPluginError, PricingPolicy
from cartcore.promotions.promotion import Promotion
from cartcore.rules import Discount, Offer, PricingContext, PromotionClass, Selection
from cartcore.storage import Storage
from cartcore.values.guard import LOGGER, PluginFault
from tests.support.shop import STORE, Shop, usd

SKIP = PricingPolicy(on_plugin_error=OnPluginError.SKIP)
FAULT = PluginFault("acme.t", "promotion 'p'", "it raised OSError()", "OSError", "Traceback")


@attrs.define
class Watch:
    """A clock that a test sets."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _all_levels(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, LOGGER)


def told(caplog: pytest.LogCaptureFixture, *, details: bool = True) -> list[str]:
    """What was logged of faults, in full, or in short, as it is above DEBUG."""
    return [
        each.getMessage()
        for each in caplog.records
        if each.name == LOGGER and details == (each.levelno == logging.DEBUG)
    ]


def test_the_same_again_is_logged_seldom(caplog: pytest.LogCaptureFixture) -> None:
    """A fault is logged with its traceback, and later again with how often it was (PK-16)."""
    clock = Watch()
    log = PluginLog(clock)
    for _ in range(5):
        log.fault(FAULT)
    log.fault(attrs.evolve(FAULT, subject="promotion 'q'"))
    clock.now = SELDOM
    log.fault(FAULT)

    first, other, again = told(caplog)
    assert "the plugin 'acme.t' failed for promotion 'p': it raised OSError()" in first
    assert first.endswith("Traceback")
    assert "promotion 'q'" in other
    assert "(4 more since this was logged last)" in again


def test_very_many_faults_are_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    """A plugin that fails in another way each time takes no memory without an end (PK-16)."""
    log = PluginLog(Watch())
    with caplog.at_level(logging.CRITICAL, LOGGER):
        for n in range(5000):
            log.fault(attrs.evolve(FAULT, problem=f"{n}"))

    assert len(log._known) <= 1000


def test_a_call_that_takes_long(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged with its time, also if it raises; a fast one is not (PK-16)."""
    clock = Watch()
    log = PluginLog(clock)
    with log.watch("acme.fast", "promotion 'p'"):
        clock.now += SLOW / 2

    def interrupted() -> None:
        with log.watch("acme.slow", "promotion 'p'"):
            clock.now += 2 * SLOW
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert ["the plugin 'acme.slow' took 2.0 s for promotion 'p'"] == told(caplog, details=False)


@attrs.frozen
class Bad:
    """A promotion type that fails, or takes its time."""

    seconds: float = 0.0
    type_name: ClassVar[str] = "acme.bad"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ITEM

    def evaluate(self, context: PricingContext) -> Any:
        if not self.seconds:
            raise OSError("secret")
        sleep(self.seconds)
        return Offer(discounts=(Discount(lines=Selection(), percent=10),))


@attrs.frozen
class Carrier:
    """A provider that fails."""

    type_name: ClassVar[str] = "acme.carrier"

    def speeds(self, asked: Any) -> Any:
        raise OSError("secret")


@pytest.fixture
def storage() -> Storage:
    return MemoryStorage()


def with_promotion(shop: Shop, effect: Any) -> None:
    with shop.storage.write() as work:
        work.promotions.add(Promotion(id="bad", name="Bad", effect=effect))
        work.commit()


def test_a_promotion_that_is_left_out(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """The log has the exception, and staff go on without the promotion (PK-15, PK-16)."""
    draft_id = shop.shipping({"MUG": 1})
    with_promotion(shop, Bad())
    desk = shop.desk_with(policy=SKIP)
    view = desk.view(draft_id)
    desk.view(draft_id)

    (logged,) = told(caplog)
    assert "acme.bad" in logged
    assert "OSError('secret')" in logged
    assert "Traceback" in logged
    decision = view.quote.decision("bad")
    assert decision is not None
    assert "left out: the plugin 'acme.bad' failed" == decision.message
    assert all("secret" not in each.message for each in view.problems)


class Odd(Exception):
    """An exception whose class has a name that nobody could write."""


Odd.__name__ = "Odd\nERROR: it raised Lie(" + "x" * 200


@attrs.frozen
class Lies(Bad):
    """A promotion type that says that it raised, or raises what is called strangely."""

    answer: str = ""

    def evaluate(self, context: PricingContext) -> Any:
        if self.answer:
            return self.answer
        raise Odd


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        (Bad(), "OSError"),
        (Lies(answer=": it raised Lie(1)"), ""),
        (Lies(), "'Odd\\nERROR: it raised Lie("),
    ],
)
def test_the_class_of_what_was_raised(
    shop: Shop, caplog: pytest.LogCaptureFixture, effect: Any, error: str
) -> None:
    """It is told of faults, logs and errors alike, and not read from a sentence (PK-16)."""
    draft_id = shop.shipping({"MUG": 1})
    with_promotion(shop, effect)
    with pytest.raises(PluginError) as caught:
        shop.desk.view(draft_id)
    [fault] = shop.desk_with(policy=SKIP).view(draft_id).quote.faults

    record = next(each for each in caplog.records if each.levelno == logging.ERROR)
    assert caught.value.error == fault.error == vars(record)["error"]
    assert fault.error.startswith(error)
    assert len(fault.error) <= 140
    assert "\n" not in record.getMessage()
    assert bool(error) == (" it raised " in record.getMessage())


def test_a_promotion_that_stops_pricing(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """Where the policy does not skip faults, the log has them as well (PK-16)."""
    draft_id = shop.shipping({"MUG": 1})
    with_promotion(shop, Bad())
    with pytest.raises(PluginError):
        shop.desk.view(draft_id)

    assert "OSError('secret')" in told(caplog)[0]


def test_a_slow_promotion(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and its discount is the same as ever (PK-16)."""
    draft_id = shop.shipping({"MUG": 1})
    with_promotion(shop, Bad(SLOW))
    view = shop.desk.view(draft_id)

    assert told(caplog, details=False)[0].startswith("the plugin 'acme.bad' took 1.")
    assert usd("6.75") == view.quote.totals.items - view.quote.totals.item_discounts


def test_a_carrier(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """A carrier's exception is for the log, and not for staff (PK-16, OE-13)."""
    draft_id = shop.shipping({"MUG": 1})
    view = shop.desk_with(speeds=(Carrier(), *STORE.speeds)).view(draft_id)

    assert any("acme.carrier" in each and "secret" in each for each in told(caplog))
    messages = [each.message for each in view.problems]
    assert any("acme.carrier" in each for each in messages)
    assert all("secret" not in each for each in messages)
    [failure] = [each for each in view.shipments[0].offers.failures if each.broken]
    assert ("OSError", "OSError") == (failure.error, vars(caplog.records[0])["error"])
