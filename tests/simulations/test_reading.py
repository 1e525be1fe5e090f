"""Carts from frames of order lines, and what becomes of rows that cannot be priced."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from moneyed import Money

from cartcore import ShippingSpeed
from cartcore.errors import InvalidField, NotFound, UnknownCurrency
from cartcore.scenarios import Carts, carts_from, refusals

ROWS = [
    {"order": "A", "sku": "MUG", "units": 2, "price": "9.99"},
    {"order": "B", "sku": "PEN", "units": 1, "price": "1.50"},
    {"order": "A", "sku": "PEN", "units": 3, "price": "1.50"},
]
SAMPLE = Path(__file__).parents[2] / "examples" / "data" / "online_retail_2010-12-01.csv.gz"


def read(source: object, currency: str = "USD", **more: Any) -> Carts:
    return carts_from(
        source,
        order="order",
        sku="sku",
        quantity="units",
        unit_price="price",
        currency=currency,
        **more,
    )


def one(columns: dict[str, str] | None = None, **values: object) -> Carts:
    row = {"order": "A", "sku": "MUG", "units": 2, "price": "9.99"}
    frame = pl.DataFrame({name: [value] for name, value in (row | values).items()})
    return read(frame, **(columns or {}))


@pytest.mark.parametrize(
    "made",
    [
        pl.DataFrame,
        pa.Table.from_pylist,
        pd.DataFrame,
        lambda rows: pl.DataFrame(rows).lazy(),
        list,
        tuple,
        lambda rows: {name: [row[name] for row in rows] for name in rows[0]},
    ],
)
def test_carts_are_the_same_whatever_kind_of_frame_they_come_from(made: Any) -> None:
    """The rows of an order, wherever they stand, are the lines of its cart (SC-2)."""
    carts = read(made(ROWS))
    lines = [(line.sku, line.quantity, line.unit_price) for line in carts.cart("A").lines]

    assert [("MUG", 2, Money("9.99", "USD")), ("PEN", 3, Money("1.50", "USD"))] == lines
    assert ["A", "B"] == [cart.reference for cart in carts]


@pytest.mark.parametrize("name", ["lines.parquet", "lines.csv"])
def test_carts_come_from_files(name: str, tmp_path: Path) -> None:
    """A Parquet or CSV file is read as a frame of its columns is (SC-2)."""
    frame = pl.DataFrame(ROWS)
    path = tmp_path / name
    if path.suffix == ".csv":
        frame.write_csv(path)
    else:
        frame.write_parquet(path)

    assert [*read(frame)] == [*read(path)] == [*read(str(path))]


@pytest.mark.parametrize(
    ("values", "column", "value", "reason"),
    [
        ({"units": -1}, "units", "-1", refusals.NOT_POSITIVE),
        ({"units": 0}, "units", "0", refusals.NOT_POSITIVE),
        ({"units": "-1e20"}, "units", "-1e20", refusals.NOT_POSITIVE),
        ({"units": 1.5}, "units", "1.5", refusals.NOT_WHOLE),
        ({"units": 1_000_001}, "units", "1000001", refusals.TOO_LARGE),
        ({"units": float("nan")}, "units", "nan", refusals.MISSING),
        ({"units": True}, "units", "True", refusals.NOT_A_NUMBER),
        ({"units": "two"}, "units", "two", refusals.NOT_A_NUMBER),
        ({"price": None}, "price", None, refusals.MISSING),
        ({"price": ""}, "price", "", refusals.MISSING),
        ({"price": float("inf")}, "price", "inf", refusals.NOT_A_NUMBER),
        ({"price": "-0.01"}, "price", "-0.01", refusals.NEGATIVE),
        ({"price": 0.1 + 0.2}, "price", "0.30000000000000004", refusals.TOO_MANY_DIGITS),
        ({"price": "1e999"}, "price", "1e999", refusals.TOO_LARGE),
        ({"price": "100000000000"}, "price", "100000000000", refusals.TOO_LARGE),
        ({"price": "9e9", "units": 10**6}, "units", "1000000", refusals.TOO_LARGE),
        ({"order": None}, "order", None, refusals.MISSING),
        ({"order": " \t"}, "order", " \t", refusals.MISSING),
        ({"order": float("nan")}, "order", "nan", refusals.MISSING),
        ({"units": [1, 2]}, "units", "[1, 2]", refusals.NOT_A_NUMBER),
        ({"price": "1,234.50"}, "price", "1,234.50", refusals.NOT_A_NUMBER),
        ({"price": date(2026, 1, 2)}, "price", "2026-01-02", refusals.NOT_A_NUMBER),
        ({"sku": ""}, "sku", "", refusals.MISSING),
        ({"before": "many"}, "before", "many", refusals.NOT_A_NUMBER),
        ({"before": -1}, "before", "-1", refusals.NEGATIVE),
        ({"before": 1.5}, "before", "1.5", refusals.NOT_WHOLE),
        ({"before": "1e30"}, "before", "1e30", refusals.TOO_LARGE),
        ({"land": "Britain"}, "land", "Britain", refusals.UNKNOWN_COUNTRY),
    ],
)
def test_row_that_cannot_be_priced_is_told(
    values: dict[str, object], column: str, value: str | None, reason: str
) -> None:
    """It comes back with its number, the column at fault, the value and a reason (SC-2)."""
    columns = {"orders_placed": "before", "country": "land"}
    carts = one(**values, columns={a: b for a, b in columns.items() if b in values})

    assert [(0, column, value, reason)] == carts.refused.rows()
    assert 0 == len(carts)
    assert [] == [*carts]


def test_row_of_another_currency_than_its_order_is_told() -> None:
    """A cart has the currency of its first row; other orders have theirs (SC-2, PR-1)."""
    frame = pl.DataFrame(ROWS).with_columns(pl.Series("money", ["USD", "JPY", "EUR"]))
    frame = pl.concat([frame, pl.DataFrame([ROWS[0] | {"order": "C", "money": "XX"}])])
    frame = frame.with_columns(pl.Series("price", ["9.99", "150", "1.50", "9.99"]))
    carts = read(frame, "money")

    assert [("A", "USD"), ("B", "JPY")] == [(cart.reference, cart.currency) for cart in carts]
    assert {
        (2, "money", "EUR", refusals.OTHER_CURRENCY),
        (3, "money", "XX", refusals.UNKNOWN_CURRENCY),
    } == {*carts.refused.rows()}


def test_integers_and_floats_of_numpy_are_numbers() -> None:
    """A float is the shortest decimal that it stands for, an integer of numpy an integer (SC-2)."""
    frame = pd.DataFrame(
        {
            "order": ["A"],
            "sku": ["MUG"],
            "units": np.array([2], dtype=np.int16),
            "price": np.array([2.55]),
        }
    )
    (line,) = read(frame).cart("A").lines

    assert (2, Money("2.55", "USD")) == (line.quantity, line.unit_price)
    assert type(line.quantity) is int


def test_line_of_a_frame_is_one_that_was_checked() -> None:
    """A line past the checks equals one that went through them, derived fields included (SC-2)."""
    frame = pl.DataFrame([ROWS[0] | {"kind": ["Garden/Pots"], "tag": "new", "of": "crockery"}])
    (cart,) = read(frame, categories="kind", tags="tag", product="of", title="of")
    (line,) = cart.lines

    assert line.keys == {"s:MUG", "p:crockery", "c:Garden", "c:Garden/Pots", "t:new"}
    made = type(line)(
        id="1",
        sku="MUG",
        quantity=2,
        unit_price=Money("9.99", "USD"),
        product_id="crockery",
        title="crockery",
        categories=("Garden/Pots",),
        tags=("new",),
    )
    assert made == line
    assert (made.keys, made.fine_price) == (line.keys, line.fine_price)


def test_goods_that_differ_in_a_list_alone_are_told_apart() -> None:
    """Lines of one SKU with other categories or tags stay what they are, row by row (SC-2)."""
    kinds = [["a"], ["a", "b"], [], None, ["b"], ["a"]]
    tags = ["x", "x", "", None, "y", "z"]
    frame = pl.DataFrame(
        {"order": "A", "sku": "MUG", "units": 1, "price": 5, "kind": kinds, "tag": tags}
    )
    (cart,) = read(frame, categories="kind", tags="tag")

    assert [tuple(kind or ()) for kind in kinds] == [line.categories for line in cart.lines]
    assert [(tag,) if tag else () for tag in tags] == [line.tags for line in cart.lines]


def test_slice_has_the_carts_of_the_whole() -> None:
    """Carts in chunks are those of the whole, one after the other (SC-3)."""
    rows = [row | {"order": f"{n % 7}"} for n in range(40) for row in ROWS]
    carts = read(pl.DataFrame(rows))
    found = [cart for start in range(0, 7, 3) for cart in carts.slice(start, 3)]

    assert found == [*carts]
    assert 7 == len(found)
    assert found[4] == carts.cart("4")


@pytest.mark.parametrize(
    "wrong",
    [
        *(None, 7, "lines.xlsx", pd.Series([1]), np.zeros((2, 4))),
        *({"order": 5}, {"order": "ABC"}),
        pl.LazyFrame(ROWS).select("nothing"),
        pa.table({"price": pa.array([Decimal(1)], type=pa.decimal256(40, 2))}),
    ],
    ids=lambda wrong: type(wrong).__name__,
)
def test_what_is_no_frame_is_refused(wrong: object) -> None:
    """What is neither a frame nor the path of a file of lines is refused in words (SC-2)."""
    with pytest.raises(InvalidField, match=r"source(\['order'\])? must be"):
        read(wrong)


def test_wrong_columns_currency_and_shipping_are_refused() -> None:
    """A missing column, an unknown currency and a speed in another currency are errors (SC-2)."""
    frame = pl.DataFrame(ROWS)
    with pytest.raises(
        InvalidField, match="title must be one of order, sku, units, price, not 'name'"
    ):
        read(frame, title="name")
    with pytest.raises(UnknownCurrency):
        read(frame, "XX")
    speed = ShippingSpeed(code="std", name="Standard", price=Money("4.95", "EUR"))
    with pytest.raises(InvalidField, match="in the currency of the carts"):
        read(frame, shipping=speed)
    with pytest.raises(InvalidField, match="shipping must be"):
        read(frame, shipping="4.95")
    with pytest.raises(NotFound, match="there is no order 'Z'"):
        read(frame).cart("Z")


def test_every_row_of_real_data_is_priced_or_told() -> None:
    """Of one real day all 3,108 rows are in carts or refused, none in both (SC-2)."""
    carts = carts_from(
        SAMPLE,
        order="InvoiceNo",
        sku="StockCode",
        quantity="Quantity",
        unit_price="UnitPrice",
        currency="GBP",
    )
    rows = sorted([*carts.lines["row"], *carts.refused["row"]])

    assert [*range(3_108)] == rows
    assert 3_108 == carts.rows
    assert {("Quantity", refusals.NOT_POSITIVE)} == {
        *carts.refused.select("column", "reason").unique().rows()
    }
    # Computed apart from all this, with the standard library: the sum of what can be priced.
    assert 58_960_79 == sum(carts.lines["quantity"] * carts.lines["price"]) // 10**6


@pytest.mark.parametrize("made", [list, pd.DataFrame])
@pytest.mark.parametrize("odd", ["two", True, 2.5, [], Decimal("NaN"), object()])
def test_one_odd_value_refuses_its_row_alone(made: Any, odd: object) -> None:
    """A value of another type than the rest of its column is told, and the rest is read (SC-2)."""
    carts = read(made([*ROWS, ROWS[0] | {"units": odd}]))

    assert [3] == carts.refused["row"].to_list()
    assert ["units"] == carts.refused["column"].to_list()
    assert [2, 3, 1] == carts.lines["quantity"].to_list()


def test_integers_beyond_64_bits_are_told() -> None:
    """One enormous quantity in a list of rows is too large, and no error (SC-2)."""
    carts = read([*ROWS, ROWS[0] | {"units": 10**40}])
    assert [(3, "units", str(10**40), refusals.TOO_LARGE)] == carts.refused.rows()


def test_rows_without_a_key_miss_its_value() -> None:
    """A row that has no value under a name is told as missing; any row may name a column (SC-2)."""
    carts = read([{"order": "A", "units": 1, "price": 1}, *ROWS])
    assert [(0, "sku", None, refusals.MISSING)] == carts.refused.rows()


def test_column_to_keep_can_be_named_again() -> None:
    """Twice in `keep`, or in the mapping as well: it is there once, as it was given (SC-2)."""
    frame = pl.DataFrame([row | {"country": "GB", "Segment": "b2b"} for row in ROWS])
    carts = read(frame, country="country", keep=["Segment", "Segment", "country", "order"])

    assert 1 == carts.orders.columns.count("country")
    assert ["b2b", "b2b"] == carts.orders["Segment"].to_list()
    assert ["GB", "GB"] == carts.orders["country"].to_list()


@pytest.mark.parametrize("keep", [["channel"], ["cart"], "Segment", [7]])
def test_column_that_cannot_be_kept_is_refused(keep: Any) -> None:
    """A column whose name stands for something else in `orders` is refused in words (SC-2)."""
    frame = pl.DataFrame([row | {"channel": "web", "cart": 1, "Segment": "b2b"} for row in ROWS])
    with pytest.raises(InvalidField, match="keep"):
        read(frame, keep=keep)


@pytest.mark.parametrize("name", ["none.csv", "none.parquet"])
def test_missing_file_is_told_in_words(name: str, tmp_path: Path) -> None:
    """A path without a file, an empty and a damaged file are errors of cartcore (SC-2)."""
    path = tmp_path / name
    with pytest.raises(InvalidField, match="file that exists, not"):
        read(path)
    path.write_bytes(b"")
    with pytest.raises(InvalidField, match="readable"):
        read(path)
    path.write_bytes(b"\xff\xfe\x00PAR1")
    with pytest.raises(InvalidField):
        read(path)


def test_empty_categories_and_tags_are_none() -> None:
    """An empty text among categories or tags is no category, and no tag (SC-2)."""
    frame = pl.DataFrame(
        [
            row | {"kind": each, "tag": ["", "new"]}
            for row, each in zip(ROWS, ["", " ", "a"], strict=True)
        ]
    )
    carts = read(frame, categories="kind", tags="tag")
    lines = [line for cart in carts for line in cart.lines]

    assert [(), ("a",), ()] == [line.categories for line in lines]
    assert {("new",)} == {line.tags for line in lines}


def test_customer_without_a_count_has_placed_no_order() -> None:
    """Where no count of former orders stands, there are none; others are read (SC-2)."""
    frame = pl.DataFrame(
        [row | {"before": each} for row, each in zip(ROWS, [None, "3", None], strict=True)]
    )
    carts = read(frame, orders_placed="before")

    assert [0, 3] == carts.orders["orders_placed"].to_list()


def test_columns_of_one_name_are_refused() -> None:
    """A frame of pandas may have two columns of one name; which is meant, nobody knows (SC-2)."""
    frame = pd.DataFrame(
        [["A", "MUG", 1, 2, 3]], columns=["order", "sku", "units", "price", "price"]
    )
    with pytest.raises(InvalidField, match="different names"):
        read(frame)


@pytest.mark.parametrize("odd", [["A"], {"x": 1}, b"\xff"])
@pytest.mark.parametrize("name", ["order", "sku"])
def test_column_of_lists_is_no_column_of_texts(name: str, odd: object) -> None:
    """Lists, records and bytes are no names of orders or goods (SC-2)."""
    frame = pl.DataFrame([{name: odd}]).with_columns(
        pl.lit(1).alias(each) for each in ("order", "sku", "units", "price") if each != name
    )
    with pytest.raises(InvalidField, match=f"{name} must be a column of texts or numbers"):
        read(frame)


def test_source_without_columns_is_told() -> None:
    """An empty list has no columns, and the error says so (SC-2)."""
    with pytest.raises(InvalidField, match="which has no columns"):
        read([])


def test_row_without_a_currency_is_told() -> None:
    """Where no currency stands it is missing, and no unknown one (SC-2)."""
    frame = pl.DataFrame(ROWS).with_columns(pl.Series("money", ["USD", None, " "]))

    assert {(1, "money", None, refusals.MISSING), (2, "money", " ", refusals.MISSING)} == {
        *read(frame, "money").refused.rows()
    }


@pytest.mark.parametrize("made", [pd.DataFrame, pl.DataFrame])
def test_whole_floats_name_what_integers_do(made: Any) -> None:
    """With gaps, pandas makes floats of integers: 17850.0 is contact 17850, NaN is none (SC-2)."""
    frame = made([row | {"who": who} for row, who in zip(ROWS, [17850.0, 2.5, None], strict=True)])
    carts = read(frame, contact="who", title="who", product="who")

    assert ["17850", "2.5"] == carts.orders["contact"].to_list()
    assert ["17850", "PEN", "2.5"] == carts.lines["title"].to_list()


@pytest.mark.parametrize(
    "made", [list, pd.DataFrame, lambda rows: pd.DataFrame(rows).to_dict("list")]
)
@pytest.mark.parametrize("nothing", [None, float("nan"), pd.NaT, pd.NA, Decimal("NaN")], ids=str)
def test_what_stands_for_nothing_is_no_text(made: Any, nothing: object) -> None:
    """Guests are not all one customer "nan", and no goods are called so (SC-2)."""
    buyers = zip(ROWS, ["ann", nothing, nothing], strict=True)
    carts = read(made([row | {"who": who} for row, who in buyers]), contact="who", title="who")
    unnamed = read(made([*ROWS, ROWS[0] | {"sku": nothing}]))

    assert ["ann", ""] == carts.orders["contact"].to_list()
    assert ["ann", "PEN", "PEN"] == carts.lines["title"].to_list()
    assert [(3, "sku", None, refusals.MISSING)] == unnamed.refused.rows()


def test_whole_floats_among_others_name_what_integers_do() -> None:
    """In a list of rows, too, 17850 and 17850.0 are one contact (SC-2)."""
    rows = [row | {"who": who} for row, who in zip(ROWS, [17850, 17850.0, 2.5], strict=True)]
    assert ["17850", "17850"] == read(rows, contact="who").orders["contact"].to_list()


def test_floats_of_32_bits_are_read_as_they_are_written() -> None:
    """The shortest decimal that a price of 32 bits stands for has two digits, too (SC-2)."""
    frame = pl.DataFrame(ROWS).with_columns(pl.col("price").cast(pl.Float32))

    assert [9_99, 1_50, 1_50] == [each // 10**6 for each in sorted_by_row(read(frame))]


def sorted_by_row(carts: Carts) -> list[int]:
    assert not carts.refused.height
    return carts.lines.sort("row")["price"].to_list()


def test_orders_whose_rows_are_scattered_or_together() -> None:
    """Rows are put together by order, however they are mixed, and keep their sequence (SC-2)."""
    rows = [row | {"order": f"{n * 7 % 5}", "units": n + 1} for n in range(20) for row in ROWS]
    mixed, together = pl.DataFrame(rows), pl.DataFrame(rows).sort("order", maintain_order=True)
    for frame in (mixed, together):
        for cart in read(frame):
            expected = frame.filter(pl.col("order") == cart.reference)["units"].to_list()
            assert expected == [line.quantity for line in cart.lines]
    assert {cart.reference: cart for cart in read(mixed)} == {
        cart.reference: cart for cart in read(together)
    }


def test_column_of_python_objects_is_read() -> None:
    """A column that Polars itself knows nothing about has its texts read one by one (SC-2)."""
    values = pl.Series("units", [2, "3", object()], dtype=pl.Object)
    carts = read(pl.DataFrame(ROWS).with_columns(values))

    assert [2] == carts.refused["row"].to_list()
    assert [2, 3] == carts.lines["quantity"].to_list()


def test_file_of_another_dialect_is_told(tmp_path: Path) -> None:
    """A CSV file that cannot be read is told, with what can be done about it (SC-2)."""
    path = tmp_path / "lines.csv"
    path.write_text("order;sku;units;price\nA;M;1;1,5\n")
    with pytest.raises(InvalidField, match="read by Polars or pandas, and the frame given"):
        read(path)
