"""Orders that are paid by card: authorised before, captured when sent, voided when not placed.

What is asked of the provider goes by a key that is written down before anything is asked: whatever
fails, and whenever the program is killed, it is known later what there may be at the provider. A
provider takes the same request for the same key again, and does it once, as providers of payments
do ("idempotency keys").

    authorise -> placed (in one transaction with the order) -> captured
              -> voided, if the order was not placed or is cancelled

What was captured and is cancelled afterwards has to be refunded, which is not shown here.
"""

from collections.abc import Callable
from typing import Any, Protocol
from uuid import uuid4

from moneyed import Money
from sqlalchemy import text

from cartcore import EventKind, Order, OrderDesk, OrderHooks, OrderStatus, Quote, Store
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.errors import NotFound

TABLES = (
    "CREATE TABLE payments (key TEXT PRIMARY KEY, draft_id TEXT, order_number TEXT, state TEXT)",
    "CREATE TABLE payment_position (sequence INTEGER)",
    "INSERT INTO payment_position VALUES (0)",
)


class Provider(Protocol):
    """What is asked of a provider of payments; each request can be repeated with its key."""

    def authorise(self, key: str, amount: Money) -> None:
        """Reserve an amount. Raises if the card is refused."""
        ...

    def void(self, key: str) -> None:
        """Give back what was reserved; nothing, if nothing was."""
        ...

    def capture(self, key: str) -> None:
        """Take what was reserved."""
        ...


class Payments:
    """The payments of a shop."""

    def __init__(
        self,
        storage: SQLiteStorage,
        store: Store,
        provider: Provider,
        *,
        placed: tuple[Callable[..., object], ...] = (),
    ) -> None:
        self._storage = storage
        self._provider = provider
        self.desk = OrderDesk(storage, store, hooks=OrderHooks(placed=(self._remember, *placed)))

    def set_up(self) -> None:
        """Make the tables of payments."""
        with self._storage.write() as work:
            for statement in TABLES:
                work.connection.execute(text(statement))
            work.commit()

    # --- Placing ---

    def place(self, draft_id: str, *, seen: Quote, actor: str) -> Order:
        """Place a draft that is paid for; if it is not placed, nothing stays reserved."""
        self.clean_up(draft_id)
        key = uuid4().hex
        self._change(
            "INSERT INTO payments VALUES (:key, :draft, '', 'asked')", key=key, draft=draft_id
        )
        try:
            self._provider.authorise(key, seen.total)
            return self.desk.place(draft_id, seen=seen, actor=actor, idempotency_key=key)
        except Exception:
            self.clean_up(draft_id)
            raise

    def _remember(self, order: Order, work: Any) -> None:
        """Tie the payment to its order, in the transaction of that: no order comes without one."""
        tied = work.connection.execute(
            text(
                "UPDATE payments SET state = 'placed', order_number = :number"
                " WHERE key = :key AND state = 'asked'"
            ),
            {"number": order.number, "key": order.idempotency_key},
        )
        if tied.rowcount != 1:
            raise LookupError("no payment was authorised for this order")

    def clean_up(self, draft_id: str = "") -> None:
        """Void what was asked for and led to no order: of a draft, or of all of them.

        Call it for all now and then, when nobody is placing: it finds what was left behind when
        the program was killed.
        """
        asked = "SELECT key FROM payments WHERE state = 'asked' AND :draft IN ('', draft_id)"
        for (key,) in self._rows(asked, draft=draft_id):
            # First the state, so that no order can be tied to it any more.
            given_up = "UPDATE payments SET state = 'voiding' WHERE key = :key AND state = 'asked'"
            self._change(given_up, key=key)
        voiding = "SELECT key FROM payments WHERE state = 'voiding' AND :draft IN ('', draft_id)"
        for (key,) in self._rows(voiding, draft=draft_id):
            self._provider.void(key)
            self._change("UPDATE payments SET state = 'voided' WHERE key = :key", key=key)

    # --- Afterwards ---

    def follow(self) -> None:
        """Capture what was sent, and void what was cancelled, by the events of orders."""
        [(position,)] = self._rows("SELECT sequence FROM payment_position")
        while events := self.desk.events(after=position):
            for event in events:
                if event.kind is EventKind.CANCELLED:
                    self._settle(event.order_number, self._provider.void, "voided")
                elif event.status is OrderStatus.COMPLETE:
                    self._settle(event.order_number, self._provider.capture, "captured")
                position = event.sequence
                self._change("UPDATE payment_position SET sequence = :to", to=position)

    def _settle(self, number: str, ask: Callable[[str], None], state: str) -> None:
        held = "SELECT key FROM payments WHERE order_number = :n AND state = 'placed'"
        for (key,) in self._rows(held, n=number):
            ask(key)
            self._change("UPDATE payments SET state = :s WHERE key = :key", s=state, key=key)

    def state(self, order_number: str) -> str:
        """Return what has become of the payment of an order. Raises NotFound."""
        for (state,) in self._rows(
            "SELECT state FROM payments WHERE order_number = :n", n=order_number
        ):
            return str(state)
        raise NotFound("payment of order", order_number)

    # --- The tables ---

    def _rows(self, statement: str, **values: object) -> list[Any]:
        with self._storage.read() as work:
            return list(work.connection.execute(text(statement), values).all())

    def _change(self, statement: str, **values: object) -> None:
        with self._storage.write() as work:
            work.connection.execute(text(statement), values)
            work.commit()
