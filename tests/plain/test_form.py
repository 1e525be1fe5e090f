"""What other programs see of values: the laws that hold for all of them."""

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from moneyed import Money

from cartcore import (
    Cart,
    Contact,
    ContactFilter,
    Draft,
    DraftView,
    Order,
    OrderFilter,
    OrderSummary,
    Page,
    Product,
    Promotion,
    Quote,
    Step,
)
from cartcore.entry.shown import Shown
from cartcore.errors import CartcoreError, InvalidField, QuoteChanged
from cartcore.errors.sentences import shown
from cartcore.plain import VALUES, VERSION, PlainForm
from cartcore.promotions.types import PromotionType
from cartcore.rules.builtin import PercentOff
from cartcore.testing import strategies as its
from tests.documents.test_schema import OF_SHAPE, OTHERS
from tests.laws.test_public_values import EXAMPLES, HOSTILE
from tests.support.configurations import RULEBOOK

FORM = PlainForm(RULEBOOK)
SCHEMAS = FORM.components()["schemas"]
WRITTEN = {kind: value for kind, value in EXAMPLES.items() if kind in FORM.kinds}
"""A value of each class that has a plain form, with as much in it as can be."""

INTERNAL = {"idempotency_key", "request_digest", "traceback", "priced_from"}
"""What no other program is to see."""


def validator(kind: Any) -> Draft202012Validator:
    return Draft202012Validator(FORM.schema(kind))


VALIDATORS = {
    kind: validator(kind)
    for kind in (Contact, Product, Promotion, Draft, Order, Quote, Cart, ContactFilter, OrderFilter)
}


def public(value: Any) -> Any:
    """A value without what is cartcore's own."""
    if isinstance(value, Order):
        return attrs.evolve(value, idempotency_key="", request_digest="", priced_from=None)
    return value


def parts(plain: Any) -> Iterator[Any]:
    """Everything in plain data."""
    yield plain
    for each in (
        plain.values() if isinstance(plain, dict) else plain if isinstance(plain, list) else ()
    ):
        yield from parts(each)


def trimmed(plain: Any) -> Any:
    """Plain data with one item of each list."""
    if isinstance(plain, dict):
        return {name: trimmed(each) for name, each in plain.items()}
    return [trimmed(each) for each in plain[:1]] if isinstance(plain, list) else plain


def refused(data: object, kind: Any) -> InvalidField | None:
    try:
        FORM.from_plain(data, kind)
    except InvalidField as error:
        return error
    return None


def is_of_shape(error: InvalidField | None, name: str) -> bool:
    """Whether data was refused for the shape of a field, which is then in the path."""
    if error is None or not OF_SHAPE.search(error.expected):
        return False
    assert name in error.path
    return True


class TestRoundTrip:
    @pytest.mark.parametrize("kind", WRITTEN, ids=lambda kind: kind.__name__)
    def test_every_class(self, kind: Any) -> None:
        """Each class is written, fits its schema, and is read back as it was (HA-12)."""
        value = WRITTEN[kind]
        plain = FORM.to_plain(value)
        # A type of a promotion stands in it with its name.
        read_as = FORM.kind_of(value)

        validator(read_as).validate(plain)
        assert public(value) == FORM.from_plain(json.loads(json.dumps(plain)), read_as)

    @settings(max_examples=40)
    @given(
        st.one_of(
            its.contacts(),
            its.products(),
            its.promotions(),
            its.drafts(),
            its.orders(),
            its.quotes(),
            its.carts(),
            its.contact_filters,
            its.order_filters(),
        )
    )
    def test_all_values(self, value: Any) -> None:
        """What is generated of each kind is written, fits its schema, and is read back (HA-12)."""
        plain = FORM.to_plain(value)

        VALIDATORS[type(value)].validate(plain)
        assert public(value) == FORM.from_plain(json.loads(json.dumps(plain)), type(value))
        assert {type(each) for each in parts(plain)} <= {
            dict,
            list,
            str,
            int,
            float,
            bool,
            NoneType,
        }

    def test_lists_and_pages(self) -> None:
        """Lists and pages of values have a form and a schema as well (HA-12)."""
        contact = EXAMPLES[Contact]
        page = Page((contact, contact), "more")
        plain = FORM.to_plain(page)
        assert {
            "items": [FORM.to_plain(contact)] * 2,
            "next_page": "more",
            "previous_page": "",
        } == plain
        assert page == FORM.from_plain(plain, Page[Contact])
        assert [contact] == FORM.from_plain(FORM.to_plain([contact]), list[Contact])
        assert (contact,) == FORM.from_plain(FORM.to_plain((contact,)), tuple[Contact, ...])
        validator(Page[Contact]).validate(plain)
        validator(list[Contact]).validate(plain["items"])
        assert not validator(Page[Contact]).is_valid({"items": [{"id": 5}]})

    def test_single_values(self) -> None:
        """A choice is a text, money an amount as text with its currency (HA-12)."""
        assert "items" == FORM.to_plain(Step.ITEMS)
        assert str is type(FORM.to_plain(Step.ITEMS))
        assert Step.ITEMS is FORM.from_plain("items", Step)
        five = {"amount": "5.00", "currency": "USD"}
        assert five == FORM.to_plain(Money("5.00", "USD"))
        assert Money("5.00", "USD") == FORM.from_plain(five, Money)
        effect = PercentOff(percent=Decimal(10))
        assert "cartcore.percent_off" == FORM.to_plain(effect)["type"]
        assert effect == FORM.from_plain(FORM.to_plain(effect), PromotionType)  # type: ignore[type-abstract]

    def test_token(self) -> None:
        """A view has its token beside its fields; one that does not fit them is refused (HA-12)."""
        view = EXAMPLES[DraftView]
        plain = FORM.to_plain(view)
        assert view.token == plain["token"] == FORM.to_plain(view.shown)["token"]
        assert view == FORM.from_plain(plain, DraftView)
        without = {name: each for name, each in plain.items() if name != "token"}
        assert view == FORM.from_plain(without, DraftView)
        for wrong in ("1.forged", "", None, 5, ["x"]):
            error = refused({**plain, "token": wrong}, DraftView)
            assert error is not None
            assert "DraftView.token" == error.path


class TestAltered:
    @pytest.mark.parametrize(
        "kind", [k for k in WRITTEN if attrs.has(k)], ids=lambda kind: kind.__name__
    )
    def test_is_refused_by_reader_and_schema(self, kind: Any) -> None:
        """A missing, unknown or other field is refused by both, with its path (HA-12)."""
        value = WRITTEN[kind]
        plain, read_as = FORM.to_plain(value), FORM.kind_of(value)
        if not refused(trimmed(plain), read_as):  # a quote has hundreds of steps
            plain = trimmed(plain)
        allowed = validator(read_as)
        needed = FORM.schema(read_as)["$defs"].get(
            getattr(kind, "type_name", kind.__name__).replace(".", "_"), {}
        )
        for name in plain:
            without = {each: plain[each] for each in plain if each != name}
            error = refused(without, read_as)
            # Some are needed by others: a promo code's trigger, the address of a street.
            assert allowed.is_valid(without) is (name not in needed["required"])
            assert error is not None or name not in needed["required"]
            for other in OTHERS:
                changed = {**plain, name: other}
                error = refused(changed, read_as)
                if allowed.is_valid(changed):
                    assert not is_of_shape(error, name), (name, other)
                else:
                    assert error is not None, (name, other)
        error = refused({**plain, "planet": "Earth"}, read_as)
        assert error is not None
        assert error.path.endswith(".planet")
        assert not allowed.is_valid({**plain, "planet": "Earth"})

    @pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
    @pytest.mark.parametrize("data", [*OTHERS, float("nan"), "\ud800", [[]]], ids=ascii)
    def test_other_data(self, kind: Any, data: object) -> None:
        """Data of another shape is refused as a whole, and nothing else is raised (HA-12)."""
        error = refused(data, kind)
        assert error is not None or validator(kind).is_valid(data)

    @pytest.mark.parametrize(
        ("change", "path"),
        [
            ({"version": float("nan")}, "Contact.version"),
            ({"version": 10**400}, "Contact.version"),
            ({"name": "\ud800"}, "Contact.name"),
            ({"attributes": {"\ud800": 1}}, "Contact.attributes"),
            ({"attributes": {"a": "\ud800"}}, "Contact.attributes"),
            ({"attributes": {"a": float("inf")}}, "Contact.attributes"),
            ({"attributes": {"a": 10**40}}, "Contact.attributes"),
            ({"attributes": {"a": [1]}}, "Contact.attributes"),
            ({"attributes": {"a": "x" * 1001}}, "Contact.attributes"),
            ({"attributes": {f"a{i}": i for i in range(51)}}, "Contact.attributes"),
            ({"format": 4}, "Contact.format"),
            ({"addresses": [{"line1": "x", "country": "US", "planet": 3}]}, "addresses[0].planet"),
        ],
        ids=ascii,
    )
    def test_unusable_values(self, change: dict[str, Any], path: str) -> None:
        """Halves of characters, numbers that are none or huge, and stored documents (HA-12)."""
        error = refused({"id": "c", "name": "Ann", **change}, Contact)
        assert error is not None
        assert path in error.path
        str(error).encode()

    def test_the_path_of_an_amount(self) -> None:
        """An amount that a record refuses is told with its field in the path (HA-12)."""
        variant = {"sku": "A", "price": {"amount": "-1.00", "currency": "USD"}}
        with pytest.raises(InvalidField) as caught:
            FORM.from_plain({"id": "a", "title": "A", "variants": [variant]}, Product)
        error = caught.value
        assert ("Product.variants[0].price", "zero or more") == (error.path, error.expected)

    def test_wrong_choice(self) -> None:
        """A choice that there is not is told with those that there are (HA-12)."""
        plain = {**FORM.to_plain(EXAMPLES[OrderSummary]), "status": "lost"}
        error = refused(plain, OrderSummary)
        assert error is not None
        assert ("OrderSummary.status", "one of processing, complete, cancelled") == (
            error.path,
            error.expected,
        )
        assert not validator(OrderSummary).is_valid(plain)


class TestInternals:
    def test_are_in_no_schema(self) -> None:
        """No schema has a key, a digest or a traceback; a token has what was shown (HA-12)."""
        telling = ("idempot", "digest", "secret", "password", "traceback", "token")
        found = {
            (name, field)
            for name, schema in SCHEMAS.items()
            for field in schema.get("properties", {})
            if any(word in field for word in telling)
        }
        assert {("DraftView", "token"), ("Shown", "token")} == found

    def test_are_not_written(self) -> None:
        """What an order keeps for cartcore alone is in nothing that is written of it (HA-12)."""
        order = EXAMPLES[Order]
        text = json.dumps(FORM.to_plain(order))
        assert order.idempotency_key not in text.replace(order.draft_id, "")
        assert order.request_digest not in text
        assert not any(name in text for name in INTERNAL)

    @pytest.mark.parametrize("name", ["idempotency_key", "request_digest"])
    def test_are_not_read(self, name: str) -> None:
        """Nor are they read from other programs (HA-12)."""
        error = refused({**FORM.to_plain(EXAMPLES[Order]), name: "mine"}, Order)
        assert error is not None
        assert (f"Order.{name}", "left out (there is no such field)") == (
            error.path,
            error.expected,
        )

    def test_reference_of_a_quote(self) -> None:
        """What a quote knows its draft by is left out: it tells of the contact (HA-12)."""
        assert "reference" not in FORM.to_plain(EXAMPLES[Quote])


class TestKinds:
    def test_every_value_of_cartcore(self) -> None:
        """Each value that cartcore exports has a plain form, as has what stands in it (HA-12)."""
        import cartcore  # noqa: PLC0415  (all its names)

        others = {"OrderHooks", "Page"}  # functions; and what is a form of its own
        values = {
            kind
            for name in cartcore.__all__
            if isinstance(kind := getattr(cartcore, name), type) and attrs.has(kind)
            if name not in others
        }
        assert values <= FORM.kinds

    def test_each_field_is_explained(self) -> None:
        """Each schema says what the class is, and each field what it means (HA-12)."""
        assert [] == [
            f"{name}.{field}"
            for name, schema in SCHEMAS.items()
            for field, its_schema in schema.get("properties", {}).items()
            if not ("description" in its_schema or "const" in its_schema)
        ]
        choices = {"PromotionType", "ConditionType", "SpeedProvider", "TaxCalculator"}
        assert choices == {name for name, schema in SCHEMAS.items() if "description" not in schema}

    @pytest.mark.parametrize("value", HOSTILE, ids=lambda value: type(value).__name__)
    def test_anything_else_is_refused(self, value: object) -> None:
        """What is no value of cartcore is refused by `to_plain` and as a kind (HA-12)."""
        if not isinstance(value, (list, tuple, Money, Enum)) and not attrs.has(type(value)):
            with pytest.raises(InvalidField, match="value must be a value"):
                FORM.to_plain(value)
        for wrong in (value, object, list[str], dict[str, Contact], tuple[Contact, Contact]):
            if not (isinstance(wrong, type) and wrong in FORM.kinds):
                with pytest.raises(InvalidField):
                    FORM.schema(wrong)

    def test_version(self) -> None:
        """The form has a version of its own, and no other is made (HA-12)."""
        assert 1 == VERSION
        for other in (0, 2, 4):
            with pytest.raises(InvalidField, match="version"):
                PlainForm(version=other)

    def test_without_a_rulebook(self) -> None:
        """Without a rulebook promotions are written; reading asks for the type (HA-12)."""
        form = PlainForm()
        plain = form.to_plain(EXAMPLES[Promotion])
        assert FORM.to_plain(EXAMPLES[Promotion]) == plain
        with pytest.raises(InvalidField, match="effect"):
            form.from_plain(plain, Promotion)


class TestErrors:
    def test_fields(self) -> None:
        """An error is its code, its sentence and its fields, values among them (HA-12)."""
        error = InvalidField("Store.currency", "usd", "a currency code")
        assert {
            "code": "invalid_field",
            "message": 'Store.currency must be a currency code, not "usd"',
            "fields": {"path": "Store.currency", "value": "usd", "expected": "a currency code"},
        } == FORM.to_plain(error)
        quote, shown = EXAMPLES[Quote], EXAMPLES[Shown]
        changed = FORM.to_plain(QuoteChanged(shown, quote, ("the total",)))
        assert FORM.to_plain(quote) == changed["fields"]["current"]
        assert FORM.to_plain(shown) == changed["fields"]["seen"]
        assert ["the total"] == changed["fields"]["differences"]

    @pytest.mark.parametrize("value", HOSTILE, ids=lambda value: type(value).__name__)
    def test_whatever_was_given(self, value: object) -> None:
        """An error repeats what was given as JSON can hold it, whatever it was (HA-12)."""
        endless: list[object] = [value]
        endless.append(endless)
        for given_value in (value, [value], {"x": value}, {1: value}, endless):
            plain = FORM.to_plain(InvalidField("x", given_value, "another"))
            text = json.dumps(plain, allow_nan=False, ensure_ascii=False)
            assert len(text.encode()) < 200_000
            Draft202012Validator(SCHEMAS["CartcoreError"]).validate(plain)

    def test_every_error(self) -> None:
        """All errors have a code, and say which fields they have (HA-12)."""
        todo = [CartcoreError]
        while todo:
            kind = todo.pop()
            todo += kind.__subclasses__()
            assert isinstance(kind.code, str)
            own = {"code", "_fields", "_defaults"}
            assert {*kind.field_names()} >= {*kind.__annotations__} - own


PYTHON = re.compile(r"\b(None|True|False|tuple|dict|str|int|float|bool)\b|not '|not \{'|\['")
"""What readers of JSON do not know: words of Python, and texts in its quotes."""

UNFIT: tuple[Any, ...] = (None, True, "x", {}, [None], {"a": "b"})


def put_in(data: Any, value: object) -> Iterator[Any]:
    """The data with a value in the place of each of its parts; of a list, of the first one."""
    yield value
    if isinstance(data, dict):
        for name, part in data.items():
            yield from ({**data, name: changed} for changed in put_in(part, value))
    elif isinstance(data, list) and data:
        yield from ([changed, *data[1:]] for changed in put_in(data[0], value))


@pytest.mark.parametrize("kind", [Contact, Product, Promotion], ids=lambda k: k.__name__)
def test_what_is_wrong_is_told_in_words_of_json(kind: type) -> None:
    """Who sent `null` reads of `null`, and of no word of Python, whatever is wrong (HA-12)."""
    told = set()
    for value in UNFIT:
        for data in put_in(FORM.to_plain(WRITTEN[kind]), value):
            try:
                FORM.from_plain(data, kind)
            except CartcoreError as error:
                told.add(FORM.to_plain(error)["message"])

    assert 30 < len(told)
    assert [] == [message for message in told if PYTHON.search(message)]


@pytest.mark.parametrize(
    ("refused", "told"),
    [
        (lambda: FORM.from_plain({"id": "ann", "name": None}, Contact), "a text, not null"),
        (lambda: FORM.from_plain([{"id": True}], list[Contact]), "must be a text, not true"),
        (lambda: Contact(id="a", name="A", attributes={"po": [None, 1]}), "not [null, 1]"),
        (lambda: Contact(id="a", name="A", attributes={"po": [None]}), "true, false or null"),
        (lambda: Contact(id="a", name=3), "a text, not 3"),  # type: ignore[arg-type]
        (lambda: Contact(id="a", name=Decimal(3)), 'a text, not "3"'),  # type: ignore[arg-type]
        (lambda: FORM.from_plain({"id": "é\ud800", "name": "A"}, Contact), 'not "é?"'),
    ],
)
def test_errors_show_values_as_json_has_them(refused: Callable[[], object], told: str) -> None:
    """The sentence of an error is Python's in Python, and JSON's in its plain form (HA-12)."""
    with pytest.raises(CartcoreError) as caught:
        refused()

    assert told in FORM.to_plain(caught.value)["message"]
    assert "null, not" not in str(caught.value)
    assert shown(None) == "None"
