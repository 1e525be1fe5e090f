"""What every storage adapter must do, as tests (ST-11).

Subclass `StorageContract`, name the class so that pytest collects it, give it a fixture `storage`,
and declare what the adapter cannot do:

    class TestMyStorage(StorageContract):
        @pytest.fixture
        def storage(self):
            return MyStorage()

Each test gets an empty storage. pytest shows what was skipped, and why.
"""

from cartcore.testing.storage.contacts import ContactsContract
from cartcore.testing.storage.contract import FAULTS
from cartcore.testing.storage.drafts import DraftsContract
from cartcore.testing.storage.events import EventsContract
from cartcore.testing.storage.faults import FaultsContract
from cartcore.testing.storage.kinds import KINDS, LISTINGS, ids, store, stored
from cartcore.testing.storage.order_numbers import OrderNumbersContract
from cartcore.testing.storage.order_searches import OrderSearchContract
from cartcore.testing.storage.orders import OrdersContract
from cartcore.testing.storage.paging import PagingContract
from cartcore.testing.storage.ports import PortsContract
from cartcore.testing.storage.products import ProductsContract
from cartcore.testing.storage.promotion_changes import PromotionChangesContract
from cartcore.testing.storage.promotions import PromotionsContract
from cartcore.testing.storage.records import RecordContract
from cartcore.testing.storage.redemptions import RedemptionsContract
from cartcore.testing.storage.references import ReferencesContract
from cartcore.testing.storage.restoring import RestoringContract
from cartcore.testing.storage.sorting import SortingContract
from cartcore.testing.storage.texts import TextsContract
from cartcore.testing.storage.transactions import TransactionContract

__all__ = ["FAULTS", "KINDS", "LISTINGS", "StorageContract", "ids", "store", "stored"]


class StorageContract(
    TransactionContract,
    FaultsContract,
    RecordContract,
    PortsContract,
    RestoringContract,
    ReferencesContract,
    PagingContract,
    ContactsContract,
    ProductsContract,
    PromotionsContract,
    PromotionChangesContract,
    RedemptionsContract,
    TextsContract,
    DraftsContract,
    OrdersContract,
    OrderNumbersContract,
    OrderSearchContract,
    EventsContract,
    SortingContract,
):
    """All of the contract."""
