import copy
import inspect
import pickle
import re
from itertools import pairwise
from typing import Any, ClassVar

import pytest
from moneyed import Money

from cartcore import errors
from cartcore.errors import CartcoreError
from cartcore.shop.product import OpenOptions
from cartcore.values.guard import PluginFault
from tests.support.carts import cart, line, priced

HUGE = 10**10_000
LONG = "x" * 10_000

CLASSES = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, CartcoreError)
]
GROUPS = {
    CartcoreError,
    errors.InvalidInput,
    errors.WorkflowError,
    errors.StorageError,
}  # never raised themselves
RAISED = [kind for kind in CLASSES if kind not in GROUPS]

SHIRT = OpenOptions("shirt", "shirt", "Shirt", ("Size",), (("M",), ("L",)))
QUOTE = priced(cart(line("mug", "8.00")))
SPECIAL: dict[str, Any] = {
    "open": (SHIRT,),
    "given": {"Size": "XS"},
    "quantity": 12,
    "maximum": 10,
    "variants": (("M-1", "Mug"), ("C-1", "Cup")),
    "missing": ("no product is published",),
    "reachable": ("contact", "items"),
    "shipments": ("S1", "S2"),
    "addresses": ("1 Main Street", "2 Main Street"),
    "problems": ("choose a speed",),
    "price": Money("7.00", "USD"),
    "lowest": Money("8.00", "USD"),
    "highest": Money("9.00", "USD"),
    "seen": QUOTE,
    "current": QUOTE,
    "differences": ("Mug costs more",),
    "allowed": ("add a note",),
    "offered": ("standard", "express"),
    "faults": (PluginFault("acme", "its hooks", "it has none"),),
    "flaws": (((2, 3), "both are for Mug"), ((4,), "percent must be 7, not 101")),
    "given_version": 3,
    "current_version": 4,
}


def made(kind: type[CartcoreError]) -> CartcoreError:
    """An error with a value of its own in each field."""
    fields = {name: SPECIAL.get(name, f"the-{name}") for name in kind._fields}
    if kind in {errors.CurrencyMismatch, errors.InvalidSplit}:
        fields |= {"given": 99}
    if kind is errors.OptionsNotAvailable:
        fields |= {"open": SHIRT}
    return kind(**fields)


class TestTree:
    def test_is_as_drawn(self) -> None:
        """The tree at the top of the module has every class, under its parent, and no other."""
        assert errors.__doc__ is not None
        parents: list[str] = []
        drawn: dict[str, str] = {}
        for row in errors.__doc__.splitlines():
            found = re.match(r"[ │├└─]*", row)
            depth = len(found.group()) // 4 if found else 0
            names = re.sub(r"\([A-Za-z]+\).*|  .*", "", row[4 * depth :]).strip()
            if not depth or not re.fullmatch(r"[A-Z]\w+((, |,| ── )[A-Z]\w+)*,?", names):
                continue
            chain = names.split(" ── ")
            parents[depth - 1 :] = []
            for kind in chain[0].strip(",").split(", "):
                drawn[kind] = parents[-1] if parents else "Exception"
            drawn |= {kind: parent for parent, kind in pairwise(chain)}
            parents.append(chain[0])

        assert {
            kind.__name__: str(getattr(kind.__base__, "__name__", None)) for kind in CLASSES
        } == drawn

    def test_built_in_parents(self) -> None:
        """Who knows only Python's own errors can catch these two kinds."""
        assert issubclass(errors.InvalidInput, ValueError)
        assert issubclass(errors.NotFound, LookupError)


class TestCodes:
    def test_are_unique(self) -> None:
        """No two classes have one code, so that a program can tell them apart."""
        codes = [kind.code for kind in CLASSES]

        assert sorted(set(codes)) == sorted(codes)
        assert all("code" in vars(kind) for kind in CLASSES)
        assert all(re.fullmatch(r"[a-z_]+", code) for code in codes)


class TestFields:
    @pytest.mark.parametrize("kind", RAISED)
    def test_message(self, kind: type[CartcoreError]) -> None:
        """The message is a sentence with the value in it, and the fields keep the figures."""
        error = made(kind)
        message = str(error)

        assert 10 < len(message) < 400
        assert (
            not kind._fields
            or any(
                str(value).strip("()',") in message
                for name in kind._fields
                for value in [getattr(error, name)]
                if isinstance(value, (str, int))
            )
            or any(
                part in message for part in ("Shirt", "S1", "published", "choose", "Mug", "acme")
            )
        )

    @pytest.mark.parametrize("kind", RAISED)
    def test_copies(self, kind: type[CartcoreError]) -> None:
        """An error survives pickle and copy with all its fields: it crosses processes."""
        error = made(kind)
        for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):  # noqa: S301
            assert type(error) is type(other)
            assert str(error) == str(other)
            assert [getattr(error, name) for name in kind._fields] == [
                getattr(other, name) for name in kind._fields
            ]

    def test_are_all_needed(self) -> None:
        """A field that is missing, unknown or given twice over is a programming error."""
        make: Any = errors.NotFound
        for values, named in ((("draft",), {}), (("draft", "d1", 1), {}), (("x", "y"), {"z": 1})):
            with pytest.raises(TypeError, match="NotFound takes kind, key"):
                make(*values, **named)

    def test_of_a_subclass(self) -> None:
        """An application's own error below one of these has the fields of both."""

        class Lost(errors.NotFound):
            code: ClassVar[str] = "lost"
            where: str

        error = Lost("parcel", "p1", "Reno")

        assert ("parcel", "p1", "Reno") == (error.kind, error.key, error.where)


class Unprintable:
    def __repr__(self) -> str:
        message = "no text for you"
        raise ValueError(message)


GIVEN = [
    (errors.InvalidAmount, "value"),
    (errors.UnknownCurrency, "currency"),
    (errors.InvalidQuantity, "quantity"),
    (errors.InvalidText, "value"),
    (errors.InvalidAddress, "value"),
    (errors.InvalidField, "value"),
    (errors.NotPublished, "key"),
    (errors.CodeRejected, "promo_code"),
    (errors.CodeOnWrongStep, "promo_code"),
    (errors.PromotionNotAvailable, "promotion_id"),
    (errors.SpeedNotOffered, "speed"),
    (errors.SpeedNotOffered, "shipment_id"),
    (errors.InvalidSplit, "line_id"),
    (errors.NotFound, "key"),
    (errors.StepNotReachable, "step"),
    (errors.AlreadyExists, "value"),
    (errors.IdempotencyConflict, "key"),
    (errors.Conflict, "key"),
    (errors.Conflict, "given_version"),
    (errors.Conflict, "current_version"),
    (errors.StaleDraft, "given_version"),
    (errors.StaleDraft, "current_version"),
    (errors.InvalidSplit, "quantity"),
    (errors.InvalidSplit, "given"),
    (errors.SpeedNotOffered, "offered"),
    (errors.StaleDraft, "key"),
    (errors.TiedLineError, "promotion_id"),
]


class TestGivenValues:
    @pytest.mark.parametrize(("kind", "field"), GIVEN)
    @pytest.mark.parametrize(
        "value", [LONG, HUGE, [HUGE], Unprintable()], ids=["str", "int", "list", "odd"]
    )
    def test_any_value_can_be_shown(
        self, kind: type[CartcoreError], field: str, value: object
    ) -> None:
        """A value from outside is shown in a short message, even if Python refuses to print it."""
        fields = {name: getattr(made(kind), name) for name in kind._fields}
        message = str(kind(**(fields | {field: value})))

        assert 10 < len(message) < 400

    def test_very_many_speeds(self) -> None:
        """Of very many speeds the first are listed, each cut, and how many more there are."""
        few = errors.SpeedNotOffered("s1", "1 Main Street", "air", ("post", "express"))
        many = errors.SpeedNotOffered(
            "s1", "1 Main Street", "air", tuple(f"speed-{i}" for i in range(1000))
        )

        assert str(few).endswith("choose from post, express")
        assert str(many).endswith("speed-18, speed-19 and 980 more")
        assert len(str(errors.SpeedNotOffered("s1", "1 Main Street", "air", (LONG, "post")))) < 400

    @pytest.mark.parametrize(
        ("kind", "noun"), [("order", "an order"), ("contact", "a contact"), ("draft", "a draft")]
    )
    def test_article(self, kind: str, noun: str) -> None:
        """The sentence is right for every kind of record."""
        assert f"there is already {noun} with" in str(errors.AlreadyExists(kind, "id", "1"))

    def test_a_choice_of_options(self) -> None:
        """Whatever was given for an option, the list of what can be chosen is readable (OE-4)."""
        message = str(errors.OptionsNotAvailable({"Size": LONG}, SHIRT))

        assert len(message) < 400
        assert "M; L" in message


def test_a_product_without_options_is_not_said_to_be_sold_out() -> None:
    """Of a product without options there is nothing to choose, though it is sold (OE-4)."""
    mug = OpenOptions("mug", "mug", "Mug", (), ((),))

    assert "Mug has no options to choose" == str(mug)
