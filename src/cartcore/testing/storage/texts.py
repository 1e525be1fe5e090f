"""Texts as people write them: the same answers from every storage."""

from collections.abc import Callable
from functools import partial
from typing import Any

import attrs
import pytest
from moneyed import Money

from cartcore.errors import AlreadyExists, TooManyWords
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import OrderShipment
from cartcore.promotions.promotion import Trigger
from cartcore.shop.address import Address
from cartcore.shop.contact import ContactFilter
from cartcore.shop.speeds import ShippingSpeed
from cartcore.storage.ports import Storage
from cartcore.testing.records import (
    a_contact,
    a_product,
    a_promotion,
    an_address,
    an_order,
    redeeming,
)
from cartcore.testing.storage.contract import Contract, changes
from cartcore.testing.storage.kinds import ids, walk
from cartcore.values.search import MOST_WORDS

# Names in sixteen scripts, and what somebody types to find each of them and no other.
NAMES: dict[str, tuple[str, str]] = {
    "Arabic": ("فاطِمة الزهراء", "فاطمة"),
    "Armenian": ("Արամ Խաչատրյան", "արամ"),
    "Bengali": ("রবীন্দ্রনাথ ঠাকুর", "রবীন্দ্র"),
    "Cyrillic": ("Фёдор Достоевский", "федор"),
    "Devanagari": ("राम शर्मा", "राम"),
    "Devanagari, too": ("मोहन राव", "मोहन"),
    "Georgian": ("ნინო ბერიძე", "ბერ"),
    "Greek": ("Οδυσσέας Παπαδόπουλος", "ΟΔΥΣΣΕΑΣ"),
    "Han": ("山田 太郎", "山"),
    "Hangul": ("김 민준", "민준"),
    "Hebrew": ("דָּוִד כהן", "דוד"),
    "Hiragana": ("やまだ はなこ", "はなこ"),
    "Katakana": ("ガリレオ ビール", "ｶﾞﾘ"),
    "Latin": ("Jürgen O’Brien", "obrien"),
    "Tamil": ("கமலா தேவி", "கமலா"),
    "Telugu": ("వెంకట రావు", "వెంకట"),
    "Thai": ("สมชาย ใจดี", "สมชาย"),
    "Turkish": ("İLKER IŞIK", "ılker ısık"),
}

# What is stored, and what is typed to find it.
SPELLINGS = [
    ("Müller", "Mueller"),
    ("Mueller", "Müller"),
    ("Mueller", "MULLER"),
    ("Sørensen", "Soerensen"),
    ("Soerensen", "Sørensen"),
    ("Söderberg", "Soederb"),
    ("Jäger", "Jaeger"),
    ("Jaeger", "Jäg"),
    ("Håkon", "Haakon"),
    ("Haakon", "Håkon"),
    ("Straße", "STRASSE"),
    ("Conan O'Brien", "obrien"),
    ("Conan O'Brien", "o’brien"),
    ("Conan O\u2019Brien", "O'Bri"),
    ("Conan O'Brien", "brien"),
    ("OBrien", "O'Brien"),
    ("Ann\u2010Kathrin", "ann-kathrin"),
    ("Zoe\u0308", "Zo\u00eb"),
    ("Ａｎｎ", "ann"),
    ("Ann\u200b Lee", "ann lee"),
    ("Route ٦٦", "66"),
]

# A number as it is stored, and as it is asked for.
PHONES = [
    ("+44 (0)20 7946 0018", "+44 20 7946 0018"),
    ("020 7946 0018", "+44 20 7946 0018"),
    ("+44 20 7946 0018", "(020) 7946 0018"),
    ("+44 20 7946 0018", "0044 20 7946 0018"),
    ("(303) 555-0147", "+1 303 555 0147"),
    ("303-555-0147 ext. 12", "303-555-0147"),
    ("303-555-0147x12", "+1 303-555-0147"),
    ("303-555-0147 / 303-555-0199", "303-555-0147"),
    ("303-555-0147 / 303-555-0199", "+1 303 555 0199"),
    ("030/901820", "+49 30 901820"),
    ("０３－１２３４－５６７８", "03-1234-5678"),
    ("٠٥٠١٢٣٤٥٦٧", "0501234567"),
    ("0501234567", "٠٥٠١٢٣٤٥٦٧"),
    ("\u202a+1 303 555 0147\u202c", "303 555 0147"),
    ("303 555 0147", "0147"),
    ("+39 06 1234 5678", "06 1234 5678"),
]

# What leaves nothing to look for.
NOTHING = ["***", "n/a", "\u200b", "\u0301", "🌸", "0", "…", "\u3164", "- -"]


class TextsContract(Contract):
    """Texts as people write them: the same answers from every storage (OE-27 to OE-31)."""

    @pytest.mark.parametrize("script", NAMES)
    def test_names_in_all_scripts_are_found(self, storage: Storage, script: str) -> None:
        """The beginning of a word of a name finds it and no other, in contacts, titles, orders."""
        places = {name: f"c{place}" for place, name in enumerate(NAMES)}
        named = [a_contact(i, name=NAMES[name][0]) for name, i in places.items()]
        self.store(storage, "contacts", *named)
        self.store(storage, "products", *(a_product(each.id, title=each.name) for each in named))
        for each in named:
            order = an_order(f"o{each.id}", number=each.id, contact=each)
            self.store(storage, "orders", order)
        typed = NAMES[script][1]
        with storage.read() as work:
            assert [places[script]] == ids(work.contacts.search(ContactFilter(name=typed)).items)
            assert [places[script]] == ids(work.contacts.search(ContactFilter(text=typed)).items)
            assert [places[script]] == ids(work.products.search(typed).items)
            orders = work.orders.search(OrderFilter(contact=typed)).items
            assert [places[script]] == [order.number for order in orders]

    @pytest.mark.parametrize(("name", "typed"), SPELLINGS)
    def test_other_spellings_are_found(self, storage: Storage, name: str, typed: str) -> None:
        """Letters that are spelled otherwise, apostrophes and widths do not hide a name (OE-27)."""
        self.store(storage, "contacts", a_contact(name=name), a_contact("bob", name="Bob Sand"))
        self.store(storage, "products", a_product("mug", title=name), a_product("pot", title="Pot"))
        with storage.read() as work:
            assert ["ann"] == ids(work.contacts.search(ContactFilter(name=typed)).items)
            assert ["mug"] == ids(work.products.search(typed).items)

    @pytest.mark.parametrize(("phone", "asked"), PHONES)
    def test_phone_numbers_are_found(self, storage: Storage, phone: str, asked: str) -> None:
        """A number is found with or without country code, in any script and form (OE-29)."""
        there = an_address(phone=phone)
        ann, bob = a_contact(phone=phone), a_contact("bob", phone="+1 719 555 0100")
        self.store(storage, "contacts", ann, bob, a_contact("zoe", addresses=[there]))
        self.store(
            storage,
            "orders",
            an_order("o1", contact=ann),
            an_order("o2", contact=bob),
            an_order("o3", contact=attrs.evolve(bob, addresses=(there,))),
        )
        with storage.read() as work:
            for wanted in (ContactFilter(phone=asked), ContactFilter(text=asked)):
                assert {"ann", "zoe"} == set(ids(work.contacts.search(wanted).items))
            assert {"o1", "o3"} == set(ids(work.orders.search(OrderFilter(phone=asked)).items))

    @pytest.mark.parametrize("text", NOTHING)
    def test_what_leaves_nothing_finds_nothing(self, storage: Storage, text: str) -> None:
        """A filter of which nothing is left matches no record, and never all of them (OE-28)."""
        home = an_address()
        contact = a_contact(name="Bob", phone="303 555 0147", email="b@x.org", addresses=[home])
        self.store(storage, "contacts", contact)
        self.store(storage, "products", a_product("mug"))
        self.store(
            storage, "orders", redeeming(an_order(contact=contact), "s", promo_code="SPRING")
        )
        with storage.read() as work:
            for name in attrs.fields_dict(ContactFilter).keys() - {"phone_country"}:
                assert () == work.contacts.search(ContactFilter(**{name: text})).items, name
            for name in ("number", "contact", "recipient", "address", "email", "phone", "sku"):
                sought: dict[str, Any] = {name: text}
                assert () == work.orders.search(OrderFilter(**sought)).items, name
            assert () == work.orders.search(OrderFilter(promo_code=text)).items
            assert () == work.products.search(text).items
            assert 0 == work.products.count(text)
            assert 0 == work.orders.count(OrderFilter(contact=text))
            assert 0 == work.contacts.count(ContactFilter(name=text))

    @pytest.mark.parametrize("number", [9, 10, 12, 20, MOST_WORDS])
    def test_many_words_are_found(self, storage: Storage, number: int) -> None:
        """A search of many words finds the same in every storage, up to a stated most (OE-28)."""
        words = [f"w{place:02}" for place in range(number)]
        text = " ".join(words)
        ann = a_contact(name=text)
        self.store(storage, "contacts", ann, a_contact("bob", name=" ".join(words[1:])))
        self.store(storage, "products", a_product("mug", title=text), a_product("pot", title="w00"))
        order = an_order(contact=attrs.evolve(ann, addresses=(an_address(line1=text),)))
        self.store(storage, "orders", order, an_order("o2"))
        backwards = " ".join(reversed(words))
        with storage.read() as work:
            for wanted in (ContactFilter(name=backwards), ContactFilter(text=backwards)):
                assert ["ann"] == ids(work.contacts.search(wanted).items)
            assert ["mug"] == ids(work.products.search(backwards).items)
            for name in ("contact", "address"):
                sought: dict[str, Any] = {name: backwards}
                found = work.orders.search(OrderFilter(**sought))
                assert ["o1"] == ids(found.items)

    def test_too_many_words_are_refused(self, storage: Storage) -> None:
        """More words than are looked for are an error that says how many are (OE-28)."""
        text = " ".join(f"w{place}" for place in range(MOST_WORDS + 1))
        with storage.read() as work:
            searches: tuple[Callable[[], object], ...] = (
                lambda: work.products.search(text),
                lambda: work.contacts.search(ContactFilter(name=text)),
                lambda: work.contacts.search(ContactFilter(text=text)),
                lambda: work.orders.search(OrderFilter(contact=text)),
                lambda: work.orders.search(OrderFilter(recipient=text)),
                lambda: work.orders.search(OrderFilter(address=text)),
                lambda: work.products.search("\ufdfa " * 12),  # 18 letters, 4 words each
            )
            for search in searches[:-1]:
                with pytest.raises(TooManyWords, match=f"{MOST_WORDS + 1}.*{MOST_WORDS}"):
                    search()
            assert searches[-1]()  # but the same four, again and again

    @pytest.mark.parametrize(
        ("code", "typed"),
        [
            ("SAVE10", "ＳＡＶＥ１０"),
            ("SAVE10", "save10\u200b"),
            ("SAVE10", "\u202asave10\u202c"),
            ("MUM'S", "mum’s"),
            ("CAF\u00c910", "cafe\u030110"),
            ("İNDİRİM", "indirim"),
            ("İNDİRİM", "INDIRIM"),
            ("TEN-OFF", "ten\u2013off"),
            ("ΣΑΣ", "σας"),
            ("5\u212a", "5k"),
        ],
    )
    @changes("promotions", undone=True)
    def test_codes_are_what_they_look_like(self, storage: Storage, code: str, typed: str) -> None:
        """A code is found however it is typed, and another one cannot look the same (OE-27)."""
        coded = a_promotion("p1", trigger=Trigger.CODE, codes=(code,))
        self.store(storage, "promotions", coded)
        with storage.write() as work:
            assert coded.codes == work.promotions.by_code(typed).codes
            with pytest.raises(AlreadyExists):
                work.promotions.add(attrs.evolve(coded, id="p2", codes=(typed,)))

    @pytest.mark.parametrize(
        ("typed", "found"),
        [
            ("ann", ["ann", "zoe"]),
            ("müller", ["ann"]),
            ("ANN.LEE@", ["zoe"]),
            ("ann.lee@x.example", ["zoe"]),
            ("x.example", []),
            ("555 0147", ["ann", "zoe"]),
            ("+1 303 555 0147", ["ann", "zoe"]),
            ("0147", ["ann", "zoe"]),
            ("(303) 555-0147 ext. 12", ["ann", "zoe"]),
            ("719 555 1147 or +1 303 555 0147", ["ann", "bob", "zoe"]),
            ("147", ["bob"]),
            ("ann 0147", []),
            ("", ["ann", "bob", "zoe"]),
        ],
    )
    def test_one_field_finds_by_name_email_and_phone(
        self, storage: Storage, typed: str, found: list[str]
    ) -> None:
        """What is typed into one field is a name, an e-mail or a phone number (OE-31)."""
        self.store(
            storage,
            "contacts",
            a_contact(name="Ann Mueller", phone="303 555 0147"),
            a_contact("bob", name="Bob 1470147", phone="719 555 1147"),
            a_contact("zoe", name="Zoë", email="Ann.Lee@x.example", phone="+13035550147"),
        )
        with storage.read() as work:
            search = partial(work.contacts.search, ContactFilter(text=typed))
            assert found == ids(walk(search, 1))

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({"number": "#1001"}, ["o1"]),
            ({"number": " 1001"}, ["o1"]),
            ({"number": "＃１００１"}, ["o1"]),
            ({"number": "# 100"}, ["o2", "o1"]),
            ({"email": "ANN@"}, ["o1"]),
            ({"email": "nn@"}, []),
            ({"recipient": "zoe"}, ["o1"]),
            ({"recipient": "acme inc"}, ["o1"]),
            ({"recipient": "ann"}, ["o1"]),  # nobody else was named at the second address
            ({"recipient": "bob"}, []),  # it goes nowhere
            ({"address": "SW1A"}, ["o1"]),
            ({"address": "10 downing"}, ["o1"]),
            ({"address": "muenchen"}, ["o1"]),
            ({"address": "Hauptstrasse"}, ["o2"]),  # the primary one of the contact
            ({"address": "london hauptstr"}, []),
            ({"phone": "7946 0018"}, ["o1"]),
            ({"email": "ann@", "address": "london", "recipient": "zo", "number": "#"}, []),
            ({"email": "ann@", "address": "london", "recipient": "zo"}, ["o1"]),
        ],
    )
    def test_orders_are_found_by_what_people_say(
        self, storage: Storage, wanted: dict[str, Any], found: list[str]
    ) -> None:
        """E-mail, phone, recipient, any part of an address, "#1001" find orders (OE-20, HA-11)."""
        london = an_address(
            name="Zoë", company="ACME Inc.", line1="10 Downing St", city="London",
            postal_code="SW1A 2AA", country="GB", phone="020 7946 0018",
        )  # fmt: skip
        munich = an_address(line1="1 Weg", city="München", country="DE")
        home = an_address(line1="5 Hauptstraße", city="Wien", country="AT")
        ann = a_contact("ann", name="Ann Lee", email="ann@x.example")
        bob = a_contact("bob", name="Bob", email="bob@x.example", addresses=[home])
        speed = ShippingSpeed(code="post", name="Post", price=Money(0, "USD"))

        def to(address: Address) -> OrderShipment:
            return OrderShipment(id=address.city, address=address, lines=(), speed=speed)

        self.store(
            storage,
            "orders",
            an_order("o1", number="1001", contact=ann, shipments=(to(london), to(munich))),
            an_order("o2", number="1002", contact=bob),
        )
        with storage.read() as work:
            assert found == ids(work.orders.search(OrderFilter(**wanted)).items)
            assert found == ids(work.orders.summaries(OrderFilter(**wanted)).items)
