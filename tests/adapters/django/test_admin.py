"""Orders and promotions in Django's admin, and the commands of `manage.py` (HA-3)."""

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client

from cartcore.adapters.django import DjangoStorage
from cartcore.promotions.promotion import Trigger
from cartcore.testing.records import a_contact, a_promotion, an_order
from cartcore.testing.storage import store

pytestmark = pytest.mark.usefixtures("vendor")

LISTS = ("/admin/cartcore/order/", "/admin/cartcore/promotion/")


@pytest.fixture
def filled(vendor: str) -> None:
    """Two orders and a promotion."""
    ann, bob = a_contact("ann", name="Ann <Lee>"), a_contact("bob", name="Bob Moss")
    store(
        DjangoStorage(),
        "orders",
        an_order("o1", number="5001", contact=ann),
        an_order("o2", number="5002", contact=bob),
    )
    spring = a_promotion("spring", name="Spring", trigger=Trigger.CODE, codes=("MAY",))
    store(DjangoStorage(), "promotions", spring)


def client(*permissions: str, superuser: bool = False) -> Client:
    """A browser of a member of staff, who may do some things."""
    user = User.objects.create(username="kim", is_staff=True, is_superuser=superuser)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    found = Client()
    found.force_login(user)
    return found


def page(of: Client, path: str, status: int = 200) -> str:
    answer = of.get(path)
    assert status == answer.status_code
    return answer.content.decode()


@pytest.mark.usefixtures("filled")
def test_orders_are_listed_with_a_link() -> None:
    """The list shows number, contact and total, and links to order entry (HA-3)."""
    shown = page(client("view_order"), LISTS[0])

    assert ["5001" in shown, "5002" in shown, "Bob Moss" in shown] == [True] * 3
    assert "Ann &lt;Lee&gt;" in shown
    assert 'href="/entry/orders/5001/"' in shown


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("term", "found"),
    [("5001", ["5001"]), ("#500", ["5001", "5002"]), ("moss", ["5002"]), ("ann", ["5001"])],
)
def test_orders_are_found_as_in_order_entry(term: str, found: list[str]) -> None:
    """The search knows numbers and names, wherever they begin and however they are written."""
    shown = page(client("view_order"), f"{LISTS[0]}?q={term.replace('#', '%23')}")

    assert found == [number for number in ("5001", "5002") if f"orders/{number}/" in shown]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("term", ["xyzzy " * 100, "😀", "'", "*", "a@b"])
def test_a_search_for_nonsense_finds_nothing(term: str) -> None:
    """What no order can have is looked for in vain, and fails nothing."""
    shown = page(client("view_order"), f"{LISTS[0]}?q={term}")

    assert "orders/5001/" not in shown


@pytest.mark.usefixtures("filled")
def test_an_order_is_shown_whole() -> None:
    """The page of an order is its receipt, with the link, and nothing can be changed on it."""
    shown = page(client("view_order"), f"{LISTS[0]}o1/change/")

    assert "Order 5001" in shown
    assert "TOTAL" in shown
    assert "/entry/orders/5001/" in shown
    assert 'name="_save"' not in shown
    assert "<textarea" not in shown


@pytest.mark.usefixtures("filled")
def test_promotions_are_shown() -> None:
    """List and page of a promotion say what it is, and link to order entry (HA-3)."""
    staff = client("view_promotion")
    assert "Spring" in page(staff, LISTS[1])
    shown = page(staff, f"{LISTS[1]}spring/change/")

    assert "Codes: MAY" in shown
    assert "/entry/promotions/spring/" in shown


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("path", ["add/", "o1/delete/", "o1/change/"])
def test_nobody_changes_anything(path: str) -> None:
    """Not even a superuser adds, changes or deletes an order in the admin."""
    answer = client(superuser=True).post(f"{LISTS[0]}{path}", {"number": "1"})

    assert 403 == answer.status_code
    with DjangoStorage().read() as work:
        assert an_order().quote == work.orders.get("o1").quote


@pytest.mark.parametrize("path", LISTS)
def test_who_may_not_look_sees_nothing(path: str) -> None:
    """Without Django's permission to view it, staff do not see the list."""
    page(client(), path, 403)


@pytest.mark.usefixtures("filled")
def test_a_damaged_order_is_told() -> None:
    """An order that cannot be read says so, in the list and on its page; the others are there."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cartcore_orders SET document = '{}' WHERE id = 'o1'")
    staff = client("view_order")

    assert "cannot be read" in (shown := page(staff, LISTS[0]))
    assert "Bob Moss" in shown
    assert "cannot be read" in page(staff, f"{LISTS[0]}o1/change/")


# --- Commands ---------------------------------------------------------------------------------
