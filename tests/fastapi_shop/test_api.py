"""The JSON API of the example, over HTTP: on SQLite, and with workers on PostgreSQL."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import httpx2
import pytest
from fastapi.testclient import TestClient
from fastapi_shop.app import Staff, create_app
from fastapi_shop.set_up import set_up
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.support.generated_models import generated_models

EXAMPLE = Path(__file__).parents[2] / "examples" / "fastapi_shop" / "app.py"
ADDRESS = {"line1": "1 Main Street", "city": "Denver", "country": "US"}
SAM = {"X-Staff": "sam"}
PROBLEM = "application/problem+json"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Any]:
    database = str(tmp_path / "shop.sqlite")
    set_up(database)
    with TestClient(create_app(database), raise_server_exceptions=False, headers=SAM) as client:
        yield client


def ready(api: Any) -> dict[str, Any]:
    """The view of a draft that can be placed."""
    draft_id = api.post("/drafts").json()["draft"]["id"]
    here = f"/drafts/{draft_id}"
    api.post(f"{here}/contact", json={"name": "Ann Lee", "address": ADDRESS})
    api.post(f"{here}/lines", json={"sku": "MUG", "quantity": 3})
    view = api.post(f"{here}/step", json={"code": "shipping"}).json()
    [shipment] = view["shipments"]
    chosen = f"{here}/shipments/{shipment['shipment']['id']}/speed"
    api.post(chosen, json={"code": "post"})
    answer = api.post(f"{here}/step", json={"code": "review"})
    assert 200 == answer.status_code, answer.text
    found: dict[str, Any] = answer.json()
    return found


def place(api: Any, view: dict[str, Any], token: str = "", key: str = "") -> Any:
    return api.post(
        f"/drafts/{view['draft']['id']}/order",
        json={"token": token or view["token"]},
        headers={"Idempotency-Key": key} if key else {},
    )


def test_is_short() -> None:
    """The example has under 200 lines (HA-4)."""
    assert len(EXAMPLE.read_text(encoding="utf-8").splitlines()) < 200


def test_openapi_is_valid(api: Any) -> None:
    """The description is valid OpenAPI 3.1, and has the schemas of the plain form (HA-4)."""
    document = api.get("/openapi.json").json()
    OpenAPIV31SpecValidator(document).validate()

    assert document["openapi"].startswith("3.1")
    taken = document["paths"]["/drafts/{draft_id}/order"]["post"]["responses"]["201"]
    schema = taken["content"]["application/json"]["schema"]
    assert {"$ref": "#/components/schemas/Order"} == schema
    assert "quote" in document["components"]["schemas"]["Order"]["properties"]


def test_an_order_is_taken_and_placed_by_token(api: Any) -> None:
    """From an empty draft to an order, which is placed once for one idempotency key (HA-4)."""
    view = ready(api)
    assert "34.87" == view["quote"]["totals"]["total"]["amount"]
    first, again = (place(api, view, key="k-1") for _ in range(2))

    assert (201, 201) == (first.status_code, again.status_code)
    assert first.json() == again.json() == api.get(f"/orders/{first.json()['number']}").json()
    assert [first.json()["number"]] == [
        each["number"] for each in api.get("/orders").json()["items"]
    ]
    assert "k-1" not in first.text


def test_a_second_order_of_a_contact(api: Any) -> None:
    """Whoever is known is found and chosen; the same e-mail twice is refused (HA-4)."""
    ann = {"name": "Ann Lee", "email": "ann@example.com", "address": ADDRESS}
    first, second = (f"/drafts/{api.post('/drafts').json()['draft']['id']}" for _ in range(2))
    api.post(f"{first}/contact", json=ann)
    assert "already_exists" == api.post(f"{second}/contact", json=ann).json()["code"]
    [found] = api.get("/contacts", params={"text": "ann"}).json()["items"]
    chosen = api.put(f"{second}/contact", json={"code": found["id"]})

    assert found == chosen.json()["contact"]
    assert [] == api.get("/contacts", params={"text": "zoe"}).json()["items"]
    assert 404 == api.put(f"{second}/contact", json={"code": "nobody"}).status_code


def test_names_of_staff_are_utf_8(api: Any) -> None:
    """A member of staff has the name that was sent in UTF-8; what is none is refused (HA-4)."""
    for name in ("Jörg Łukasz", "山田"):
        started = api.post("/drafts", headers={"X-Staff": name.encode()})
        assert name == started.json()["draft"]["created_by"]
    latin = next(sent for sent in get_args(Staff) if hasattr(sent, "func"))
    with pytest.raises(ValueError, match="decode"):  # the client of the tests cannot send it
        latin.func("J\xf6rg")


def test_lines_are_changed_and_removed(api: Any) -> None:
    """A line gets another quantity; with 0 it is removed (HA-4)."""
    view = ready(api)
    [line] = view["draft"]["lines"]
    here = f"/drafts/{view['draft']['id']}/lines/{line['id']}"
    changed = api.put(here, json={"quantity": 1}).json()
    assert [1] == [each["quantity"] for each in changed["draft"]["lines"]]
    for wrong in (-1, 10**9, "2", 1.5, True, None):
        assert 422 == api.put(here, json={"quantity": wrong}).status_code, wrong
    assert [] == api.put(here, json={"quantity": 0}).json()["draft"]["lines"]
    assert 404 == api.put(here, json={"quantity": 1}).status_code


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nowhere", b"", 404),
        ("DELETE", "/products", b"", 405),
        ("POST", "/drafts/x/lines", b"\xff", 400),
        ("POST", "/drafts/x/lines", b'{"sku": ' + b"[" * 3000 + b"]" * 3000 + b"}", 400),
        ("POST", "/drafts/x/lines", b'{"quantity": ' + b"9" * 5000 + b"}", 400),
    ],
)
def test_what_reaches_no_operation(
    api: Any, method: str, path: str, body: bytes, status: int
) -> None:
    """Another path, another method and what is no JSON are problems, too (HA-4)."""
    kind = {"content-type": "application/json"}
    answer = api.request(method, path, content=body, headers=kind)

    assert status == answer.status_code, answer.text
    assert "application/problem+json" == answer.headers["content-type"]
    assert {"type", "title", "status", "detail", "code"} <= answer.json().keys()
    assert ("malformed", status) == (answer.json()["code"], answer.json()["status"])
    assert (status == 405) == ("allow" in answer.headers)


@pytest.mark.parametrize("body", ["null", "[]", "3", '"x"', "true"])
def test_a_body_is_an_object(api: Any, body: str) -> None:
    """Who sends another shape reads JSON's word for it, and none of Python's (HA-4)."""
    kind = {"content-type": "application/json"}
    answer = api.post("/drafts/x/lines", content=body, headers=kind)

    assert 422 == answer.status_code
    assert "body: Input should be a valid object" == answer.json()["detail"]


def test_each_refusal_is_described(api: Any) -> None:
    """Each operation says which problems it answers with, those of the table (HA-4)."""
    document = api.get("/openapi.json").json()
    for operations in document["paths"].values():
        for operation in operations.values():
            answers = operation["responses"]
            problems = {
                status for status, answer in answers.items() if PROBLEM in answer["content"]
            }
            assert {"400", "404", "409", "422", "503"} == problems


def test_tokens_that_do_not_fit(api: Any) -> None:
    """A forged, an old and another draft's token place nothing, and say so (HA-4, HA-13)."""
    view, other = ready(api), ready(api)
    forged = f"{view['token'][:-1]}{'0' if view['token'][-1] != '0' else '1'}"
    here = f"/drafts/{view['draft']['id']}"
    api.post(f"{here}/lines", json={"sku": "MUG", "quantity": 1})
    now = api.get(here).json()
    for token, status in (
        (view["token"], 409),
        (forged, 409),
        (other["token"], 409),
        ("nonsense", 422),
        ("\ud800", 422),
        ("1." + "f" * 100_000, 409),
    ):
        body, kind = json.dumps({"token": token}), {"content-type": "application/json"}
        answer = api.post(f"{here}/order", content=body, headers=kind)
        assert status == answer.status_code, answer.text
        assert "application/problem+json" == answer.headers["content-type"]
        assert status == answer.json()["status"]
    changed = place(api, now, view["token"]).json()
    assert "quote_changed" == changed["code"]
    assert now["quote"]["totals"] == changed["fields"]["current"]["totals"]
    assert [] == api.get("/orders").json()["items"]


@pytest.mark.parametrize(
    ("to", "body", "status", "code"),
    [
        ("lines", '{"sku": "MUG", "quantity": NaN}', 422, "malformed"),
        ("lines", '{"sku": "MUG", "quantity": "2"}', 422, "malformed"),
        ("lines", '{"sku": "MUG", "quantity": 1' + "0" * 400 + "}", 422, None),
        ("lines", '{"sku": "MUG", "planet": 1}', 422, "malformed"),
        ("lines", '{"sku": "\\ud800"}', 422, None),
        ("lines", '{"sku": "POT"}', 404, "not_found"),
        ("lines", "[", 422, "malformed"),
        ("lines", "null", 422, "malformed"),
        (
            "contact",
            '{"name": "Ann", "address": {"line1": "x", "planet": 1}}',
            422,
            "invalid_field",
        ),
        ("contact", '{"name": "Ann", "address": {"line1": "x"}}', 422, "invalid_field"),
        ("contact", '{"name": "Ann", "address": []}', 422, "invalid_field"),
        ("contact", '{"name": "Ann", "address": null}', 422, "invalid_field"),
        ("contact", '{"name": "Ann"}', 422, "malformed"),
        ("step", '{"code": "lost"}', 422, "invalid_field"),
        ("step", '{"code": "review"}', 409, None),
        ("codes", '{"code": "NONE"}', 422, "code_rejected"),
    ],
)
def test_what_is_refused(api: Any, to: str, body: str, status: int, code: str | None) -> None:
    """What cannot be used is a problem with status and code; the draft stays as it was (HA-4)."""
    here = f"/drafts/{api.post('/drafts').json()['draft']['id']}"
    api.post(f"{here}/contact", json={"name": "Ann Lee", "address": ADDRESS})
    before = api.get(here).json()
    answer = api.post(f"{here}/{to}", content=body, headers={"content-type": "application/json"})

    assert status == answer.status_code, answer.text
    assert code in {None, answer.json()["code"]}
    assert not {"None", "True", "dict"} & {*re.findall(r"\w+", answer.json()["detail"])}
    assert before["draft"] == api.get(here).json()["draft"]
    assert 404 == api.get("/drafts/nowhere").status_code
    assert 422 == api.get("/orders", params={"page": "x"}).status_code


@pytest.fixture
def models(api: Any, tmp_path: Path) -> Iterator[ModuleType]:
    """Pydantic models that a generator makes of the API's description."""
    document = api.get("/openapi.json").text
    with generated_models(document, tmp_path / "shop_models.py") as module:
        yield module


def test_a_generated_client_takes_an_order(api: Any, models: ModuleType) -> None:
    """Models that are generated write the requests, read the answers, and place by token (HA-4)."""

    def post(path: str, command: Any, answer: Any) -> Any:
        body = command.model_dump(mode="json") if command else None
        response = api.post(path, json=body)
        assert response.status_code < 300, response.text
        return answer.model_validate(response.json())

    view = post("/drafts", None, models.DraftView)
    here = f"/drafts/{view.draft.id}"
    ann = models.NewContact(name="Ann Lee", address=models.Address(**ADDRESS))
    post(f"{here}/contact", ann, models.DraftView)
    post(f"{here}/lines", models.NewLine(sku="MUG", quantity=2), models.DraftView)
    view = post(f"{here}/step", models.Chosen(code="shipping"), models.DraftView)
    [offered] = view.shipments
    chosen = models.Chosen(code=offered.offers.speeds[0].code)
    post(f"{here}/shipments/{offered.shipment.id}/speed", chosen, models.DraftView)
    view = post(f"{here}/step", models.Chosen(code="review"), models.DraftView)
    order = post(f"{here}/order", models.Placing(token=view.token), models.Order)

    assert "24.88" == order.quote.totals.total.amount
    assert "Ann Lee" == order.contact.name


def test_workers_on_postgresql(postgres_url: str) -> None:
    """Two processes of uvicorn take orders of several clients on one database (HA-4)."""
    set_up(postgres_url)
    arguments = ("fastapi_shop.app:create_app", "--factory", "--log-level", "warning")
    where = {"PYTHONPATH": str(EXAMPLE.parents[1]), "SHOP_DATABASE": postgres_url}
    with socket.create_server(("127.0.0.1", 0)) as door:  # whoever knocks early waits
        port, given = door.getsockname()[1], door.fileno()
        server = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", *arguments, "--workers", "2", "--fd", str(given)],
            env={**os.environ, **where},
            pass_fds=(given,),
        )
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=SAM, timeout=120) as client:
            assert 200 == client.get("/products").status_code
            with ThreadPoolExecutor(4) as pool:
                views = list(pool.map(lambda _: ready(client), range(8)))
                placed = list(
                    pool.map(lambda view: place(client, view, key=view["token"]), views * 2)
                )
            assert {201} == {each.status_code for each in placed}
            numbers = [each.json()["number"] for each in placed]
            assert numbers[:8] == numbers[8:]
            assert 8 == len({*numbers}) == len(client.get("/orders").json()["items"])
    finally:
        server.terminate()
        server.wait(60)
