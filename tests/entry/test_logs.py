"""What is logged: orders, refusals and faults by codes and numbers, nothing of people (HA-14)."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest

from cartcore import OrderDesk, OrderHooks, Problem, Promotion, Step, Store
from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.errors import CartcoreError, StorageUnavailable
from cartcore.rules import (
    Offer,
    PricingContext,
    PromotionClass,
    ShipmentRequest,
    ShippingSpeed,
    TaxRequest,
    checked,
)
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact
from tests.support.shop import STORE, Shop

SECRETS = ("Quirina Zwetsch", "quirina@zwetsch.example", "+49 30 5559876", "Zwetschgenweg 17")
"""Name, e-mail, phone and street of a person; texts of staff have them, too."""

SECRET = "; ".join(SECRETS)
HER_ID = SECRETS[1]  # as an application may choose it


def told(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """What was logged at INFO and above, which must be nothing about the person."""
    records = [r for r in caplog.records if r.name.startswith("cartcore")]
    records = [r for r in records if r.levelno >= logging.INFO]
    for record in records:
        written = f"{record.getMessage()} {vars(record)} {record.exc_text} {record.exc_info}"
        for secret in SECRETS:
            for part in (secret, *secret.split()):
                assert len(part) < 3 or part not in written, written
    return records


def fields(record: logging.LogRecord, *names: str) -> tuple[Any, ...]:
    return tuple(getattr(record, name, None) for name in ("event", *names))


@pytest.fixture
def her(caplog: pytest.LogCaptureFixture) -> Shop:
    """A shop with a customer of whom nothing may be logged, and everything else is."""
    caplog.set_level(logging.DEBUG)
    shop = Shop(MemoryStorage())
    name, email, phone, street = SECRETS
    home = Address(name=name, line1=street, city="Berlin", country="DE", phone=phone)
    with shop.storage.write() as work:
        work.contacts.add(
            Contact(id=HER_ID, name=name, email=email, phone=phone, addresses=(home,))
        )
        work.commit()
    return shop


def hers(shop: Shop) -> str:
    draft_id = shop.reviewed({"MUG": 1}, HER_ID)
    with shop.edit(draft_id) as edit:
        edit.set_note(SECRET)
    return draft_id


def test_orders_are_logged(her: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """Placed, shipped, changed and cancelled orders are told by their numbers (HA-14)."""
    first, second = (
        her.placed(hers(her), actor=SECRETS[0], idempotency_key=f"{n} {SECRET}") for n in "ab"
    )
    her.desk.add_note(first.number, SECRET, actor=SECRETS[0])
    her.desk.mark_shipped(first.number, "s1", actor=SECRETS[0], note=SECRET, tracking=SECRETS[2])
    her.desk.cancel(second.number, actor=SECRETS[0], note=SECRET)

    records = told(caplog)
    assert {"cartcore.orders"} == {record.name for record in records}
    assert {logging.INFO} == {record.levelno for record in records}
    assert [
        ("order_placed", "1001", 1, "processing", 1),
        ("order_placed", "1002", 1, "processing", 2),
        ("order_changed", "1001", 2, "processing", 3),
        ("order_shipped", "1001", 3, "complete", 4),
        ("order_cancelled", "1002", 2, "cancelled", 5),
    ] == [fields(r, "order_number", "order_version", "status", "sequence") for r in records]
    assert "order 1001 was placed" == records[0].getMessage()


def test_a_repeated_request_is_not_logged_again(
    her: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    """An order is told once, when it is placed (HA-14, ST-7)."""
    order = her.placed(hers(her))
    her.desk.place(order.draft_id, seen=order.quote, actor="sam")

    assert ["order_placed"] == [record.event for record in told(caplog)]  # type: ignore[attr-defined]


def test_refusals_are_logged_by_their_codes(her: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """Why something was refused is a code; what staff typed is not told (HA-14)."""
    draft_id = hers(her)
    seen = her.quote(draft_id)
    other = her.with_items({"MUG": 1}, HER_ID)
    her.placed(draft_id, idempotency_key=SECRET)
    desk, who = her.desk, SECRETS[0]
    attempts: Sequence[tuple[Callable[[], object], str, str | None]] = [
        (lambda: desk.place(other, seen=her.quote(other), actor=who), "draft_has_problems", other),
        (lambda: desk.place(draft_id, seen=seen, actor=who), "draft_placed", draft_id),
        (lambda: desk.place(SECRET, seen=seen, actor=who), "not_found", None),
        (lambda: desk.place(other, seen=SECRET, actor=who), "invalid_field", None),
        (
            lambda: desk.place(other, seen=seen, actor=who, idempotency_key=SECRET),
            "idempotency_conflict",
            None,
        ),
        (lambda: desk.cancel(SECRET, actor=who), "not_found", None),
        (lambda: desk.add_note("1001", "x", actor=who, version=7), "conflict", "1001"),
    ]
    for attempt, _, _ in attempts:
        with suppress(CartcoreError):
            attempt()

    refused = [r for r in told(caplog) if r.event.endswith("_refused")]  # type: ignore[attr-defined]
    assert [(reason, about) for _, reason, about in attempts] == [
        (
            r.reason,  # type: ignore[attr-defined]
            getattr(r, "draft_id", None) or getattr(r, "order_number", None),
        )
        for r in refused
    ]
    assert "speed_missing" in refused[0].problems or refused[0].problems  # type: ignore[attr-defined]
    assert {logging.INFO} == {record.levelno for record in refused}


def _fails(*_: object) -> Any:
    raise OSError(SECRET)


def test_failures_are_warnings(her: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """A hook that fails and a storage that is gone are warnings, without their texts (HA-14)."""
    draft_id = hers(her)
    seen = her.quote(draft_id)
    hooks = OrderHooks(placed=(_fails,))
    failing = OrderDesk(her.storage, STORE, clock=her.clock, hooks=hooks)
    with suppress(CartcoreError):
        failing.place(draft_id, seen=seen, actor="sam")

    class Gone(MemoryStorage):
        def read(self) -> Any:
            raise StorageUnavailable(SECRET)

    with suppress(CartcoreError):
        OrderDesk(Gone(), STORE).place(draft_id, seen=seen, actor="sam")

    found = [(r.levelno, *fields(r, "reason", "draft_id")) for r in told(caplog)]
    assert [
        (logging.WARNING, "place_refused", "hook_failed", draft_id),
        (logging.WARNING, "place_refused", "storage_unavailable", None),
    ] == found


@attrs.frozen(kw_only=True, field_transformer=checked)
class Leaky:
    """Tells all that it knows in its exceptions, as an effect, a carrier and a tax office."""

    type_name: ClassVar[str] = "acme.leaky"
    promotion_class: ClassVar[PromotionClass] = PromotionClass.ORDER

    def evaluate(self, context: PricingContext) -> Offer:
        raise OSError(SECRET, context)

    def speeds(self, request: ShipmentRequest) -> Sequence[ShippingSpeed]:
        raise OSError(request.address)

    def taxes(self, request: TaxRequest) -> Any:
        return [SECRET]


@pytest.mark.parametrize(
    "store",
    [
        attrs.evolve(STORE, speeds=(Leaky(), *STORE.speeds)),
        attrs.evolve(STORE, tax=Leaky()),
        STORE,
    ],
    ids=["carrier", "tax", "promotion"],
)
def test_faults_of_plugins_do_not_quote_people(
    her: Shop, caplog: pytest.LogCaptureFixture, store: Store
) -> None:
    """What a plugin raised or answered is for DEBUG; above stands which failed (HA-14, PK-16)."""
    draft_id = hers(her)
    caplog.clear()
    if store is STORE:
        with her.storage.write() as work:
            work.promotions.add(Promotion(id="leaky", name="Leaky", effect=Leaky()))
            work.commit()
    with suppress(CartcoreError):
        her.another_desk(store).view(draft_id)

    faults = [r for r in told(caplog) if r.name == "cartcore.plugins"]
    assert [("plugin_fault", "acme.leaky")] == [fields(r, "plugin") for r in faults]
    everything = " ".join(r.getMessage() for r in caplog.records)
    assert any(secret in everything for secret in SECRETS)  # at DEBUG


def test_checks_do_not_quote_people(her: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """Nor does what a check of the application raises or finds (HA-7, HA-14)."""

    def finds(_: object) -> list[Problem]:
        return [Problem(step=Step.ITEMS, code="credit", message=SECRET)]

    hooks = OrderHooks(problems=(_fails, finds))
    desk = OrderDesk(her.storage, STORE, clock=her.clock, hooks=hooks)
    draft_id = hers(her)
    with suppress(CartcoreError):
        desk.place(draft_id, seen=desk.view(draft_id).quote, actor="sam")

    records = told(caplog)
    assert ("check_failed", f"{__name__}._fails") in [fields(r, "plugin") for r in records]
    assert ("host_check_failed", "credit") == records[-1].problems  # type: ignore[attr-defined]


def test_retries_are_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A database that cannot be reached is told, before it is tried again (HA-14, ST-10)."""
    path = tmp_path / "shop.db"
    with SQLiteStorage(path) as storage:
        path.rename(tmp_path / "moved.db")
        with pytest.raises(StorageUnavailable), storage.read():
            pass

    found = [fields(r, "storage", "pause") for r in told(caplog) if r.name == "cartcore.storage"]
    assert [("storage_retried", str(path), 0.0)] == found
