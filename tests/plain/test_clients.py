"""What generators of clients and Pydantic make of the schemas."""

import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import attrs
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import ValidationError

from cartcore import Contact, DraftView, Order, Page, Promotion
from tests.laws.test_public_values import EXAMPLES
from tests.plain.test_form import FORM, WRITTEN, public
from tests.support.generated_models import generated_models

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Order entry", "version": "1"},
    "paths": {},
    "components": FORM.components(),
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """A module with Pydantic models, as a generator makes them of the components."""
    path = tmp_path_factory.mktemp("client") / "generated_models.py"
    with generated_models(json.dumps(DOCUMENT), path) as module:
        yield module


def test_openapi_is_valid() -> None:
    """The components are OpenAPI 3.1, and all their references lead somewhere (HA-12)."""
    OpenAPIV31SpecValidator(DOCUMENT).validate()

    found = set(_references(DOCUMENT["components"]))
    assert found <= {f"#/components/schemas/{name}" for name in FORM.components()["schemas"]}
    assert "#/components/schemas/Money" in found


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for each in schema.values():
            yield from _references(each)
    if isinstance(schema, list):
        for each in schema:
            yield from _references(each)


def test_generated_models_read_and_write_all_values(models: ModuleType) -> None:
    """Models that a generator made read each value, and write what is read back (HA-12)."""
    for kind in WRITTEN:
        value = EXAMPLES[kind]
        read_as = FORM.kind_of(value)
        model = getattr(models, read_as.__name__)
        if attrs.has(kind) and hasattr(model, "model_validate"):
            copy = model.model_validate(FORM.to_plain(value)).model_dump(
                mode="json", by_alias=True, exclude_unset=True
            )
            assert public(value) == FORM.from_plain(copy, read_as), kind


def test_generated_models_have_types(models: ModuleType) -> None:
    """What they read is of the models' own classes, enums and times among them (HA-12)."""
    order = models.Order.model_validate(FORM.to_plain(EXAMPLES[Order]))
    assert isinstance(order.status, models.OrderStatus)
    assert EXAMPLES[Order].placed_at == order.placed_at
    assert "115.59" == order.quote.totals.total.amount
    view = models.DraftView.model_validate(FORM.to_plain(EXAMPLES[DraftView]))
    assert EXAMPLES[DraftView].token == view.token
    promotion = models.Promotion.model_validate(FORM.to_plain(EXAMPLES[Promotion]))
    assert EXAMPLES[Promotion].effect.type_name == promotion.effect.root.type
    page = models.ContactPage.model_validate(FORM.to_plain(Page((EXAMPLES[Contact],))))
    assert EXAMPLES[Contact].name == page.items[0].name


def test_generated_models_refuse_the_rest(models: ModuleType) -> None:
    """They refuse what cartcore would: an unknown field, or a text where an object is (HA-12)."""
    plain = FORM.to_plain(EXAMPLES[Order])
    for change in ({"planet": 1}, {"contact": "Ann"}, {"status": "lost"}, {"quote": None}):
        with pytest.raises(ValidationError):
            models.Order.model_validate({**plain, **change})
