"""The storage in the application's transaction keeps the contract of its records (HA-2)."""

from collections.abc import Iterator

import pytest

from cartcore.testing.storage import (
    contacts,
    drafts,
    events,
    order_numbers,
    order_searches,
    orders,
    products,
    promotions,
    records,
    redemptions,
    restoring,
)
from tests.adapters.host.places import InTransactions, place


# Those of Django. What the contract says of transactions is the application's here: the others, and
# what becomes of a unit of work in the application's transaction, is in test_joining.py.
@pytest.mark.parametrize("how", ["sqlite3 by hand", "psycopg by block"])
class TestInTransactionsOfTheApplication(
    records.RecordContract,
    restoring.RestoringContract,
    contacts.ContactsContract,
    products.ProductsContract,
    promotions.PromotionsContract,
    redemptions.RedemptionsContract,
    drafts.DraftsContract,
    orders.OrdersContract,
    order_numbers.OrderNumbersContract,
    order_searches.OrderSearchContract,
    events.EventsContract,
):
    """Units of work are parts of a transaction, which is committed after each."""

    survives_reopening = True

    @pytest.fixture
    def storage(self, how: str, request: pytest.FixtureRequest) -> Iterator[InTransactions]:
        with place(how, request) as self.where:
            yield InTransactions(self.where)

    def reopen(self, storage: object) -> InTransactions:
        return InTransactions(self.where)
