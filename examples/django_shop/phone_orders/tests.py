"""Orders by telephone, from sign-in to the admin: `python manage.py test django_shop`."""

import re
from typing import Any
from unittest.mock import patch

import attrs
from django.contrib.auth.models import User
from django.test import TestCase
from moneyed import Money

from cartcore import DraftView, OrderDesk, OrderFilter, OrderHooks, Promotion
from cartcore.entry.staff_prices import StaffPrices
from cartcore.rules import TiedItem
from cartcore.rules.builtin import AddProduct
from django_shop.phone_orders import desk as shop
from django_shop.phone_orders import views
from django_shop.store.models import Customer, Product, Stock, Variant


class PhoneOrders(TestCase):
    """A member of staff takes orders."""

    def setUp(self) -> None:
        """Have a customer, two products with stock, and a member of staff who is signed in."""
        self.ann = Customer.objects.create(
            name="Ann Lee", phone="555 0101", street="1 Main Street", city="Denver", country="US"
        )
        self.stock("MUG", "Mug", pieces=3)
        self.stock("CAP-L", "Cap", size="L", pieces=1)
        self.client.force_login(User.objects.create_superuser("sam"))

    def stock(self, sku: str, name: str, *, pieces: int, size: str = "") -> None:
        """Have a product with one variant."""
        product = Product.objects.create(name=name)
        variant = Variant.objects.create(product=product, sku=sku, size=size, price="9.99")
        Stock.objects.create(variant=variant, pieces=pieces)

    def pieces(self, sku: str) -> int:
        """How many pieces there are."""
        return Stock.objects.get(variant__sku=sku).pieces

    def post(self, path: str, **given: Any) -> tuple[str, str]:
        """Send a form; return where it led to, and the page."""
        answer = self.client.post(path, given, follow=True)
        self.assertEqual(200, answer.status_code)
        where = answer.redirect_chain[-1][0] if answer.redirect_chain else path
        return where, answer.content.decode()

    def entered(self, sku: str, quantity: int) -> tuple[str, str]:
        """Enter an order up to its review; return where it is, and the page."""
        draft, _ = self.post("/phone/")
        self.post(draft, customer=self.ann.pk)
        self.post(draft, sku=sku, quantity=quantity)
        return self.post(draft, shipment="s1", speed="post")

    def placed(self, sku: str = "MUG", quantity: int = 2) -> tuple[str, str]:
        """Place an order; return where it led to, and the page."""
        draft, page = self.entered(sku, quantity)
        return self.post(draft, place=token(page))

    def test_an_order_takes_from_the_stock(self) -> None:
        """The order is placed, the stock is less by as much, and the admin shows the order."""
        where, page = self.placed()
        self.assertEqual("/phone/orders/1001/", where)
        self.assertIn("24.88 USD", page)
        self.assertEqual(1, self.pieces("MUG"))

        listed = self.client.get("/admin/cartcore/order/").content.decode()
        self.assertIn("Ann Lee", listed)
        self.assertIn('href="/phone/orders/1001/"', listed)

    def test_a_new_caller_is_a_customer_of_the_shop(self) -> None:
        """Staff enter who calls for the first time; the order is for that row of the shop."""
        draft, _ = self.post("/phone/")
        home = {"street": "9 Low Road", "city": "Boulder", "country": "US"}
        self.post(draft, name="Ben Roe", phone="555 0102", **home)
        ben = Customer.objects.get(name="Ben Roe")
        self.assertEqual("9 Low Road", ben.street)
        self.post(draft, sku="MUG", quantity=1)
        _, page = self.post(draft, shipment="s1", speed="post")
        where, page = self.post(draft, place=token(page))
        self.assertIn("Ben Roe", page)
        placed = shop.desk.order(where.split("/")[-2])
        self.assertEqual(str(ben.pk), placed.contact.id)

    def test_out_of_stock_is_told_before_placing(self) -> None:
        """What is not there is told at once, and the order cannot be placed."""
        _, page = self.entered("CAP-L", 2)
        self.assertIn("Cap (L): 2 ordered, 1 in stock", page)
        self.assertNotIn("Place order", page)

    def test_the_last_piece_is_sold_once(self) -> None:
        """Of two who have seen the last piece, the second is told; nothing is stored of it."""
        first, seen_first = self.entered("CAP-L", 1)
        second, seen_second = self.entered("CAP-L", 1)
        self.post(first, place=token(seen_first))
        where, page = self.post(second, place=token(seen_second))
        self.assertEqual(second, where)
        self.assertIn("Cap (L): 1 ordered, 0 in stock", page)
        self.assertEqual(0, self.pieces("CAP-L"))
        self.assertEqual(1, len(shop.desk.orders(OrderFilter()).items))

    def test_a_hook_that_fails_undoes_both(self) -> None:
        """Neither order nor stock is changed, and staff are told; then it works."""
        draft, page = self.entered("MUG", 2)
        hooks = OrderHooks(placed=(shop.take_from_stock, closed))
        failing = OrderDesk(shop.desk.storage, shop.desk.store, hooks=hooks)
        with patch.object(views, "desk", failing):
            where, told = self.post(draft, place=token(page))
        self.assertEqual(draft, where)
        self.assertIn("the till is closed", told)
        self.assertEqual(3, self.pieces("MUG"))
        self.assertEqual(0, len(shop.desk.orders(OrderFilter()).items))

    def test_a_cancelled_order_gives_back(self) -> None:
        """What was taken is in the stock again; a second click changes nothing."""
        where, _ = self.placed()
        self.post(where)
        self.assertEqual(3, self.pieces("MUG"))
        _, page = self.post(where)
        self.assertIn("error", page)
        self.assertEqual(3, self.pieces("MUG"))

    def test_gifts_count_and_fees_do_not(self) -> None:
        """A gift of what was bought is taken, too; a fee and a custom item need no stock."""
        mug = str(Product.objects.get(name="Mug").pk)
        gift = AddProduct(items=(TiedItem(key="mug", product_id=mug),))
        with shop.desk.storage.write() as work:
            work.promotions.add(Promotion(id="gift", name="A mug for free", effect=gift))
            work.commit()
        hooks = OrderHooks(
            placed=(shop.take_from_stock,), changed=(shop.put_back,), problems=(shop.out_of_stock,)
        )
        store = attrs.evolve(shop.desk.store, staff_prices=StaffPrices(custom_items=True))
        desk = OrderDesk(shop.desk.storage, store, hooks=hooks)

        def entered(quantity: int) -> DraftView:
            with desk.begin(actor="sam") as edit:
                edit.choose_contact(str(self.ann.pk))
                edit.add_sku("MUG", quantity=quantity)
                edit.add_custom_item("Engraving", Money("3.00", "USD"), actor="sam")
                edit.add_fee("Rush", Money("5.00", "USD"), actor="sam")
                edit.save_items()
                edit.choose_speed("s1", "post")
                edit.go_to("review")
            return desk.view(edit.draft.id)

        view = entered(2)
        self.assertEqual((), view.problems)
        order = desk.place(view.draft.id, seen=view.token, actor="sam")
        self.assertEqual(0, self.pieces("MUG"))
        desk.cancel(order.number, actor="sam")
        self.assertEqual(3, self.pieces("MUG"))
        told = [(each.message, each.blocking) for each in entered(3).problems]
        self.assertEqual([("Mug: 4 ordered, 3 in stock", True)], told)

    def test_what_is_gone_when_the_order_is_placed_is_told(self) -> None:
        """Where nobody looked before, the order itself is refused, with a sentence for staff."""
        draft, page = self.entered("MUG", 2)
        hooks = OrderHooks(placed=(shop.take_from_stock,))
        with patch.object(
            views, "desk", OrderDesk(shop.desk.storage, shop.desk.store, hooks=hooks)
        ):
            Stock.objects.update(pieces=1)
            where, told = self.post(draft, place=token(page))
        self.assertEqual(draft, where)
        self.assertIn("the order cannot be placed: 2 × MUG cannot be taken from the stock", told)
        self.assertEqual(1, self.pieces("MUG"))

    def test_a_price_that_changed_is_told(self) -> None:
        """The catalogue is the shop's own: a new price is noticed when the order is placed."""
        draft, page = self.entered("MUG", 2)
        Variant.objects.filter(sku="MUG").update(price="12.00")
        where, told = self.post(draft, place=token(page))
        self.assertEqual(draft, where)
        self.assertIn("28.90 USD", told)
        self.assertEqual(3, self.pieces("MUG"))

    def test_nonsense_is_told(self) -> None:
        """Forms that no browser would send change nothing and are answered with a sentence."""
        draft, _ = self.post("/phone/")
        for given in (
            {"customer": "0"},
            {"customer": "9" * 30},
            {"customer": "x\0"},
            {"name": "Ben"},
            {"name": "", "street": "9 Low Road", "city": "Boulder", "country": "US"},
            {"name": "N" * 201, "street": "9 Low Road", "city": "Boulder", "country": "US"},
            {"sku": "NONE", "quantity": "1"},
            {"sku": "MUG", "quantity": "-1"},
            {"sku": "MUG", "quantity": "a lot"},
            {"place": "forged"},
            {"line": "l9", "quantity": "1"},
            {"shipment": "s9", "speed": "post"},
        ):
            where, page = self.post(draft, **given)
            self.assertEqual(draft, where)
            self.assertIn('role="alert"', page, given)
        self.assertEqual(404, self.client.get("/phone/nothing/").status_code)
        self.assertEqual(404, self.client.get("/phone/orders/9/").status_code)

    def test_only_staff_take_orders(self) -> None:
        """Whoever is not signed in, or is no member of staff, is asked to sign in."""
        self.client.logout()
        for path in ("/phone/", "/phone/orders/1001/"):
            answer = self.client.get(path)
            self.assertEqual(302, answer.status_code)
            self.assertIn("/admin/login/", answer.headers["Location"])


def closed(*_: object) -> None:
    """Fail, as a hook."""
    raise RuntimeError("the till is closed")


def token(page: str) -> str:
    """What the button for placing sends."""
    found = re.search(r'name="place" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]
