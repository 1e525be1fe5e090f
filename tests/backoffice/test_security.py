"""What a hostile visitor, colleague or web site may try (WB-9); `docs/security.md` lists it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from backoffice.app import PAGES, create_app
from backoffice.security import LARGEST_BODY, local_path
from backoffice.seen import KEPT
from backoffice.staff import (
    MOST_FAILURES,
    MOST_FAILURES_OF_ADDRESS,
    MOST_FAILURES_OF_NAME,
    NoSuchAccount,
    Staff,
    TooManyFailures,
)
from starlette.routing import Route
from starlette.testclient import TestClient

from cartcore.errors import NotFound
from tests.backoffice.client import field, sign_in, state
from tests.backoffice.office import PASSWORD, QUICK, Office, a_draft, an_order

BEGIN = "/drafts/new/contact/choose"
SCRIPT = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture
def stranger(office: Office) -> Iterator[TestClient]:
    with TestClient(office.app, follow_redirects=False) as client:
        yield client


@pytest.fixture
def sam(stranger: TestClient) -> TestClient:
    sign_in(stranger, "sam")
    return stranger


class _Tags(HTMLParser):
    """Collects what a browser would run: scripts, handlers, addresses with a scheme."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        src = given.get("src") or ""
        if (tag == "script" and not src.startswith("/static/")) or tag in {"img", "iframe"}:
            self.found.append(tag)
        self.found += [name for name in given if name.startswith("on") or name == "style"]
        for name in ("href", "action", "formaction"):
            if not (given.get(name) or "/").startswith(("/", "#")):
                self.found.append(f"{name}={given[name]}")


def runs(text: str) -> list[str]:
    tags = _Tags()
    tags.feed(text)
    return tags.found


# --- scripts ---


def test_the_check_sees_scripts() -> None:
    """What the tests below look for would be found."""
    assert ["script", "img", "onerror"] == runs(SCRIPT.removeprefix("\"'>"))
    assert ["href=javascript:x"] == runs('<a href="javascript:x">')


def test_stored_scripts_stay_text(office: Office, sam: TestClient) -> None:
    """Markup in every text that is stored: names, addresses, tags, messages, notes."""
    draft_id = office.desk.start(actor="sam").id
    base = f"/drafts/{draft_id}"
    address = {
        f"to_{name}": SCRIPT
        for name in ("name", "company", "line1", "line2", "city", "region", "postal_code", "phone")
    }
    contact = {"name": SCRIPT, "phone": SCRIPT, "tags": SCRIPT, "to_country": "US", **address}
    form = state(sam, f"{base}/contact") | contact
    asked = sam.post(
        f"{base}/contact/new", data=form
    ).text  # whether postal code and phones are meant
    form["kept"] = unescape(field(asked, "kept"))
    assert 303 == sam.post(f"{base}/contact/new", data=form).status_code
    with office.desk.edit(draft_id) as edit:
        board = edit.add_item("arbor-draft", {"Length": "151cm", "Style": "Normal"}, quantity=2)
        edit.save_items()
        edit.use_multiple_addresses()
        there = edit.draft.shipments[0].id
    gift = {f"gift/{board}/{there}": "yes", f"gift_message/{board}/{there}": SCRIPT}
    state_now = state(sam, f"{base}/shipping")
    assert 303 == sam.post(f"{base}/shipping/gift", data=state_now | gift).status_code
    with office.desk.edit(draft_id) as edit:
        edit.choose_speed(there, "standard")
        edit.go_to("review")
    pages = [f"{base}/{step}" for step in ("contact", "items", "shipping", "review")]
    pages += [f"{base}/contact/filter?name=alert", f"{base}/contact/matches?q=alert", "/drafts"]
    pages += [f"{base}/shipping/address", f"{base}/contact/address"]
    shown = [asked, *(sam.get(path).text for path in pages)]

    placed = sam.post(f"{base}/review/place", data=state(sam, f"{base}/review"))
    order = placed.headers["location"].partition("?")[0]
    version = {"csrf": state_now["csrf"], "version": "1", "note": SCRIPT}
    assert 303 == sam.post(f"{order}/note", data=version).status_code
    shown += [sam.get(path).text for path in (order, "/orders", "/orders?contact=script")]

    for text in shown:
        assert "alert(1)" in text, "the text itself is there"
        assert [] == runs(text)


@pytest.mark.parametrize(
    "path",
    [
        "/orders?number={}&contact={}&status={}&placed_from={}&total_min={}&promo_code={}&sku={}",
        "/orders?page={}",
        "/orders/{}",
        "/drafts/{}/items",
        "/drafts/DRAFT/contact?q={}",
        "/drafts/DRAFT/contact/matches?q={}",
        "/drafts/DRAFT/contact/filter?name={}&email={}&phone={}&city={}&country={}&tag={}",
        "/drafts/DRAFT/contact/new?name={}",
        "/drafts/DRAFT/items/new?product={}",
        "/drafts/DRAFT/items/new?q={}",
        "/drafts/DRAFT/items/products?q={}",
        "/drafts/DRAFT/items/edit?line={}",
        "/signin?next={}",
        "/search?q={}",
        "/contacts/{}",
        "/orders/1001/print?what={}",
        "/drafts/DRAFT/items?gone={}&sku={}",
    ],
)
def test_reflected_scripts_stay_text(office: Office, sam: TestClient, path: str) -> None:
    """Markup in every part of an address that a page shows."""
    address = path.replace("DRAFT", a_draft(office, step="items"))
    answer = sam.get(address.replace("{}", "%22%27%3E%3Cscript%3Ealert(1)%3C/script%3E"))

    assert answer.status_code in {200, 400, 404, 422}
    assert [] == runs(answer.text)


def test_refused_forms_are_shown_as_text(office: Office, sam: TestClient) -> None:
    """What was typed comes back with the error, escaped."""
    base = f"/drafts/{a_draft(office, step='items')}"
    forms = {
        "items/code": {"promo_code": SCRIPT},
        "items/quantity": {"quantity/l1": SCRIPT},
        "items/new": {"product": "arbor-draft", "options": SCRIPT, "quantity": SCRIPT},
        "items/promotions": {"promotion": SCRIPT, f"choice/{SCRIPT}": SCRIPT},
        "contact/new": {"name": "", "email": SCRIPT, "to_line1": SCRIPT, "to_country": SCRIPT},
        "step": {"step": SCRIPT},
    }
    for path, form in forms.items():
        answer = sam.post(f"{base}/{path}", data=state(sam, f"{base}/items") | form)
        assert 422 == answer.status_code, path
        assert [] == runs(answer.text), path


def test_the_policy_allows_no_inline_script_or_style(stranger: TestClient) -> None:
    """Every answer has the policy: a page, a file, a redirection, an error."""
    for path in ("/signin", "/static/backoffice.css", "/", "/static/nothing", "/orders/1"):
        headers = stranger.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "nosniff" == headers["x-content-type-options"]


# --- signing in ---


@pytest.mark.parametrize(
    "path", ["/", "/orders", "/orders/1001", "/drafts", "/drafts/x/items", "/drafts/x/contact/new"]
)
def test_nothing_without_signing_in(stranger: TestClient, path: str) -> None:
    """Strangers see the sign-in and nothing else."""
    answer = stranger.get(path, follow_redirects=True)

    assert "/signin" == answer.url.path
    assert "Sign out" not in answer.text


def test_drafts_are_for_staff_only(office: Office, stranger: TestClient) -> None:
    """Whoever knows or guesses the id of a draft still has to sign in."""
    draft_id = a_draft(office, step="items")
    before = office.desk.draft(draft_id)

    for path in ("items/quantity", "items/remove", "review/place", "discard"):
        answer = stranger.post(
            f"/drafts/{draft_id}/{path}", data={"line": "l1", "quantity/l1": "9"}
        )
        assert (303, "/signin") == (answer.status_code, urlsplit(answer.headers["location"]).path)

    assert before == office.desk.draft(draft_id)


def test_guessed_ids_are_not_found(sam: TestClient) -> None:
    """Ids are random; a wrong one gives the same answer whatever it is."""
    for guess in ("1", "0" * 32, "..%2f..%2fetc%2fpasswd", "%00", "%F0%9F%92%A9"):
        assert 404 == sam.get(f"/drafts/{guess}/items").status_code


def test_guessing_passwords_is_slowed(office: Office, stranger: TestClient) -> None:
    """After some failures even the right password has to wait, and the answer says how long."""
    for _ in range(MOST_FAILURES):
        assert 422 == sign_in(stranger, "sam", "wrong password")

    assert 429 == sign_in(stranger, "sam")
    token = field(stranger.get("/signin").text, "csrf")
    refused = stranger.post("/signin", data={"csrf": token, "name": "sam", "password": PASSWORD})
    assert 0 < int(refused.headers["retry-after"]) <= 15 * 60


def test_guessing_many_names_is_slowed(office: Office) -> None:
    """One address gets no more than so many failures, whatever names it tries."""
    for number in range(MOST_FAILURES_OF_ADDRESS):
        assert office.staff.sign_in(f"name{number}", "wrong", "10.0.0.1") is None

    with pytest.raises(TooManyFailures):
        office.staff.sign_in("sam", PASSWORD, "10.0.0.1")
    assert office.staff.sign_in("sam", PASSWORD, "10.0.0.2")


def test_waiting_helps(office: Office) -> None:
    """A quarter of an hour later the right password works again."""
    now = [0.0]
    staff = Staff(office.staff._path, clock=lambda: now[0], hasher=QUICK)
    for _ in range(MOST_FAILURES):
        staff.sign_in("sam", "wrong", "here")
    with pytest.raises(TooManyFailures):
        staff.sign_in("sam", PASSWORD, "here")

    now[0] += 15 * 60
    assert staff.sign_in("sam", PASSWORD, "here")


def test_names_are_not_told_apart(stranger: TestClient) -> None:
    """A wrong name and a wrong password get the same page."""
    pages = []
    for name in ("sam", "nobody"):
        token = field(stranger.get("/signin").text, "csrf")
        form = {"csrf": token, "name": name, "password": "wrong"}
        pages.append(stranger.post("/signin", data=form).text.replace(name, ""))

    assert pages[0] == pages[1]


def test_passwords_and_sessions_are_hashed(office: Office, sam: TestClient) -> None:
    """The file of the staff has neither a password nor a session's token in it."""
    kept = office.staff._path.read_bytes()

    assert b"$argon2id$" in kept
    assert PASSWORD.encode() not in kept
    assert sam.cookies["backoffice_session"].encode() not in kept


def test_cookies(stranger: TestClient) -> None:
    """Cookies are out of reach for scripts and for other sites, and under TLS for listeners."""
    token = field(stranger.get("/signin").text, "csrf")
    form = {"csrf": token, "name": "sam", "password": PASSWORD}
    plain = stranger.post("/signin", data=form).headers.get_list("set-cookie")
    assert all("httponly" in c.lower() and "samesite=strict" in c.lower() for c in plain[:1])
    assert "secure" not in plain[0].lower()

    with TestClient(stranger.app, base_url="https://testserver", follow_redirects=False) as client:
        assert "; secure" in client.get("/signin").headers["set-cookie"].lower()


def test_signing_out_ends_the_session(sam: TestClient) -> None:
    """The cookie is worth nothing afterwards, even if somebody kept it."""
    kept = sam.cookies["backoffice_session"]
    csrf = field(sam.get("/orders").text, "csrf")
    sam.post("/signout", data={"csrf": csrf})

    sam.cookies.set("backoffice_session", kept)
    assert 303 == sam.get("/orders").status_code


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "\n/x"]
)
def test_no_way_to_other_sites(stranger: TestClient, wanted: str) -> None:
    """Signing in leads to pages of this application alone."""
    assert "/" == local_path(wanted)
    token = field(stranger.get("/signin").text, "csrf")
    form = {"csrf": token, "name": "sam", "password": PASSWORD, "next": wanted}
    assert "/" == stranger.post("/signin", data=form).headers["location"]


# --- forms from elsewhere ---


def test_changes_need_the_token(office: Office, sam: TestClient) -> None:
    """Without the token of the session nothing is changed, whatever else is right."""
    draft_id = a_draft(office, step="items")
    base, before = f"/drafts/{draft_id}", office.desk.draft(draft_id)
    right = state(sam, f"{base}/items")
    for csrf in ("", "x", right["csrf"][:-1], right["csrf"] + "x", "é"):
        for path, form in (
            ("/items/quantity", {"quantity/l1": "9"}),
            ("/items/remove", {"line": "l1"}),
            ("/discard", {}),
            ("/review/place", {}),
        ):
            refused = sam.post(base + path, data=right | form | {"csrf": csrf})
            assert 403 == refused.status_code
    assert 403 == sam.post(BEGIN, data={}).status_code
    assert 403 == sam.post("/signout", data={}).status_code

    assert before == office.desk.draft(draft_id)


def test_every_change_is_a_post_with_a_token(office: Office) -> None:
    """What changes something is no GET: a link or a picture cannot change anything."""
    changing = {
        route.path
        for route in office.app.routes
        if isinstance(route, Route) and "POST" in (route.methods or ())
    }
    assert 25 < len(changing) + 5
    with TestClient(office.app, follow_redirects=False) as client:
        sign_in(client, "sam")
        for path in changing - {"/signin"}:
            address = path.replace("{draft_id}", "x").replace("{number}", "1")
            assert 403 == client.post(address, data={"csrf": "guessed"}).status_code


def test_other_sites_are_refused(sam: TestClient) -> None:
    """A form of another origin is refused even with the right token."""
    csrf = field(sam.get("/orders").text, "csrf")
    for headers in (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ):
        assert 403 == sam.post(BEGIN, data={"csrf": csrf}, headers=headers).status_code
    same = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}
    form = {"csrf": csrf, "contact_id": "ann"}
    assert 303 == sam.post(BEGIN, data=form, headers=same).status_code


def test_the_token_is_of_this_session(office: Office, sam: TestClient) -> None:
    """Kim's token does not work in sam's session."""
    with TestClient(office.app, follow_redirects=False) as other:
        sign_in(other, "kim")
        kims = field(other.get("/orders").text, "csrf")

    assert 403 == sam.post(BEGIN, data={"csrf": kims}).status_code


# --- searches, headers, sizes, files ---

INJECTIONS = (
    "' OR '1'='1",
    "'; DROP TABLE cartcore_contacts; --",
    '" OR 1=1 --',
    "%' UNION SELECT * FROM staff --",
    "\\' OR 1=1",
    "a%n%",
    "_nn",
)


@pytest.mark.parametrize("text", INJECTIONS)
def test_sql_is_text(office: Office, sam: TestClient, text: str) -> None:
    """SQL in searches and filters finds what is called so: nothing."""
    an_order(office)
    draft_id = a_draft(office, step="contact")
    for name in ("number", "contact", "promo_code", "sku"):
        assert "View order" not in sam.get("/orders", params={name: text}).text
    for name in ("email", "city", "tag", "region"):
        found = sam.get(f"/drafts/{draft_id}/contact/filter", params={name: text}).text
        assert "contact_id" not in found
    assert 404 == sam.get(f"/orders/{text}").status_code
    assert office.desk.find_contacts("ann").items, "the table is still there"


def test_header_and_log_injection(
    office: Office, sam: TestClient, capfd: pytest.CaptureFixture[str]
) -> None:
    """Line breaks in what is typed reach neither headers nor history nor log."""
    number = an_order(office)
    csrf = field(sam.get("/orders").text, "csrf")
    evil = "x\r\nSet-Cookie: admin=1"
    for path in ("/orders/%0d%0aSet-Cookie:%20admin=1", "/signin?next=/%0d%0aSet-Cookie:%20a=1"):
        assert "admin" not in str(sam.get(path).headers)
    moved = sam.post("/drafts/x%0d%0ay/step", data={"csrf": csrf, "step": evil, "version": "1"})
    assert "set-cookie" not in moved.headers
    note = {"csrf": csrf, "version": "1", "note": "one\r\n2026-01-01 00:00 UTC · cancelled · boss"}
    sam.post(f"/orders/{number}/note", data=note)
    assert 2 == len(office.desk.order(number).history), "one entry, whatever its note looks like"
    assert {"sam"} == {entry.actor for entry in office.desk.order(number).history}
    refused = {"csrf": csrf, "version": "2", "note": "\x1b[2Jgone\x00"}
    assert 422 == sam.post(f"/orders/{number}/note", data=refused).status_code
    assert "" == "".join(capfd.readouterr())


def test_large_bodies_are_refused(sam: TestClient) -> None:
    """10 MB are not read, with or without a stated length."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    large = b"note=" + b"x" * 10_000_000
    assert 413 == sam.post(BEGIN, content=large, headers=form).status_code

    sent = 0

    def chunks() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(160):
            sent += 1
            yield b"x" * 65_536

    assert 413 == sam.post(BEGIN, content=chunks(), headers=form).status_code
    just_right = b"csrf=x&a=" + b"x" * (LARGEST_BODY - 100)
    assert 403 == sam.post(BEGIN, content=just_right, headers=form).status_code


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b'{"csrf": "x"}', 415),
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("application/x-www-form-urlencoded", b"a=%ff%fe", 400),
        ("application/x-www-form-urlencoded", b"\xff\xfe", 400),
        ("application/x-www-form-urlencoded", b"&".join(b"a=1" for _ in range(6000)), 400),
    ],
)
def test_bodies_that_are_no_forms(sam: TestClient, kind: str, body: bytes, status: int) -> None:
    """Other kinds of bodies are refused before anything looks into them."""
    answer = sam.post(BEGIN, content=body, headers={"content-type": kind})

    assert status == answer.status_code


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/app.py",
        "/static/%2e%2e%2fstaff.py",
        "/static/....//app.py",
        "/static//etc/passwd",
        "/static/%00",
        "/static/",
        "/templates/base.html",
    ],
)
def test_files_outside_static(stranger: TestClient, path: str) -> None:
    """No way of writing a path leads out of the folder of the static files."""
    answer = stranger.get(path)

    assert answer.status_code in {303, 404}
    assert "import" not in answer.text


def test_idempotency_keys_cannot_be_guessed(office: Office, sam: TestClient) -> None:
    """Placing with a token that was never shown places nothing."""
    draft_id = a_draft(office, step="review")
    form = state(sam, f"/drafts/{draft_id}/review") | {"seen": "guessed"}

    assert 422 == sam.post(f"/drafts/{draft_id}/review/place", data=form).status_code
    with pytest.raises(NotFound):
        office.desk.order("1001")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 400),
        ({"Host": "127.0.0.1:99"}, 200),
        ({"Host": "["}, 400),
        ({"Cookie": "a=" + "b" * 5_000}, 431),
        ({"X-Long": "b" * 20_000}, 431),
    ],
)
def test_odd_requests_are_refused(
    stranger: TestClient, headers: dict[str, str], status: int
) -> None:
    """Other hosts and long headers are refused before anything is looked up (WB-12, WB-13)."""
    answer = stranger.get("/signin", headers=headers)

    assert status == answer.status_code
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "origin", ["http://[", "https://testserver", "null", "http://testserver:81"]
)
def test_odd_origins_are_refused(stranger: TestClient, origin: str) -> None:
    """An origin is this very one, its scheme and port too, or the form is refused (WB-13)."""
    answer = stranger.post("/signin", headers={"Origin": origin})

    assert 403 == answer.status_code


def test_a_slash_too_many_leads_nowhere(sam: TestClient) -> None:
    """No redirect repeats the host of a request (WB-13); a lost page has the menu (WB-22)."""
    answer = sam.get("/orders/")

    assert 404 == answer.status_code
    assert "Page not found" in answer.text
    assert "Sign out" in answer.text


def test_a_breakdown_has_the_headers(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw is answered with the headers, too, and without a trace (WB-14)."""

    def broken(_: str) -> None:
        message = "secret path"
        raise RuntimeError(message)

    with TestClient(office.app, raise_server_exceptions=False) as client:
        sign_in(client, "sam")
        monkeypatch.setattr(office.desk, "order", broken, raising=True)
        answer = client.get("/orders/1001")

    assert 500 == answer.status_code
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "secret" not in answer.text


def test_signing_in_again_replaces_the_session(stranger: TestClient) -> None:
    """A browser has one session: the one before is worth nothing any more (WB-15)."""
    sign_in(stranger, "sam")
    before = stranger.cookies["backoffice_session"]
    sign_in(stranger, "sam")
    with TestClient(stranger.app, follow_redirects=False) as kept:
        kept.cookies.set("backoffice_session", before)
        assert 303 == kept.get("/orders").status_code
    assert 200 == stranger.get("/orders").status_code


def test_a_slip_makes_no_account(office: Office) -> None:
    """A new password is for an account that there is; the error lists them (WB-15)."""
    with pytest.raises(NoSuchAccount, match="kim"):
        office.staff.set_password("samm", PASSWORD)
    with pytest.raises(ValueError, match="already"):
        office.staff.add("sam", PASSWORD)
    assert ["cleo", "kim", "sam"] == office.staff.names()


def test_a_new_password_lifts_a_lock(office: Office) -> None:
    """Who guessed too often gets in with a new password (WB-15)."""
    for _ in range(MOST_FAILURES):
        office.staff.sign_in("sam", "wrong", "192.0.2.1")
    with pytest.raises(TooManyFailures):
        office.staff.sign_in("sam", PASSWORD, "192.0.2.1")
    office.staff.set_password("sam", "another good password")

    assert office.staff.sign_in("sam", "another good password", "192.0.2.1")


def test_guessing_from_everywhere_is_slowed(office: Office) -> None:
    """The limit of a name over all addresses is slower than that of one address (WB-13)."""
    for number in range(MOST_FAILURES_OF_NAME):
        assert office.staff.sign_in("sam", "wrong", f"192.0.2.{number}") is None
    with pytest.raises(TooManyFailures):
        office.staff.sign_in("sam", "wrong", "198.51.100.1")
    assert office.staff.sign_in("kim", PASSWORD, "192.0.2.1")


def test_a_clerk_gives_small_discounts(office: Office) -> None:
    """A manual discount beyond the role's share is refused with who may give it (WB-15)."""
    draft_id = a_draft(office, step="items")
    line_id = office.desk.view(draft_id).draft.lines[0].id
    path = f"/drafts/{draft_id}/discount"
    with TestClient(office.app, follow_redirects=False) as clerk:
        sign_in(clerk, "cleo")
        given = {"line": line_id, "kind": "percent", "reason": "scratched"}
        form = state(clerk, f"/drafts/{draft_id}/items") | given
        refused = clerk.post(path, data=form | {"figure": "90"})
        assert 403 == refused.status_code
        assert "A clerk can take up to 10 % off" in refused.text
        assert "supervisor" in refused.text
        assert () == office.desk.view(draft_id).draft.manual
        assert 303 == clerk.post(path, data=form | {"figure": "10"}).status_code


def test_a_clerk_does_not_place_more_than_was_allowed(office: Office) -> None:
    """What a clerk took off is looked at again when the order is placed (WB-15)."""
    draft_id = a_draft(office, step="review")
    with office.desk.edit(draft_id) as edit:
        edit.discount_order(percent="60", reason="hm", actor="cleo")
    with TestClient(office.app, follow_redirects=False) as clerk:
        sign_in(clerk, "cleo")
        form = state(clerk, f"/drafts/{draft_id}/review")
        assert 403 == clerk.post(f"/drafts/{draft_id}/review/place", data=form).status_code
    with TestClient(office.app, follow_redirects=False) as supervisor:
        sign_in(supervisor, "sam")
        form = state(supervisor, f"/drafts/{draft_id}/review")
        assert 303 == supervisor.post(f"/drafts/{draft_id}/review/place", data=form).status_code


def test_a_colleague_pushes_out_nothing(office: Office) -> None:
    """However much a colleague looks at, what I was shown is still known (WB-16)."""
    mine = a_draft(office, step="review")
    others = [a_draft(office, step="items") for _ in range(2)]
    with TestClient(office.app, follow_redirects=False) as sam:
        sign_in(sam, "sam")
        form = state(sam, f"/drafts/{mine}/review")
        with TestClient(office.app, follow_redirects=False) as kim:
            sign_in(kim, "kim")
            for number in range(2 * KEPT):
                draft_id = others[number % 2]
                with office.desk.edit(draft_id) as edit:
                    edit.set_quantity("l1", 1 + number % 5)
                kim.get(f"/drafts/{draft_id}/items")
        with office.desk.edit(mine) as edit:
            edit.enter_code("TWENTY")
        answer = sam.post(f"/drafts/{mine}/review/place", data=form)

    assert 409 == answer.status_code
    assert "instead of" in answer.text
    with closing(sqlite3.connect(office.staff.folder / PAGES)) as db:
        counted = "SELECT owner, count(*) FROM shown GROUP BY owner"
        assert {"sam": 1, "kim": KEPT} == dict(db.execute(counted).fetchall()) | {"sam": 1}


def test_placing_works_over_several_processes(office: Office) -> None:
    """What one process showed another one knows: nothing is kept in memory (WB-16)."""
    draft_id = a_draft(office, step="review")
    with TestClient(office.app, follow_redirects=False) as first:
        sign_in(first, "sam")
        form = state(first, f"/drafts/{draft_id}/review")
        cookies = dict(first.cookies)
    another = create_app(office.desk, office.staff, ["testserver"])
    with TestClient(another, follow_redirects=False, cookies=cookies) as second:
        answer = second.post(f"/drafts/{draft_id}/review/place", data=form)

    assert "/orders/1001?placed=1" == answer.headers["location"]


def test_a_clerk_cancels_nothing(office: Office) -> None:
    """Cancelling is for supervisors: the button is not there, and the form is refused (WB-15)."""
    number = an_order(office)
    with TestClient(office.app, follow_redirects=False) as clerk:
        sign_in(clerk, "cleo")
        text = clerk.get("/orders").text
        form = {"csrf": field(text, "csrf"), "version": "1"}
        refused = clerk.post(f"/orders/{number}/cancel", data=form)

    assert 403 == refused.status_code
    assert "Only a supervisor can cancel an order." in refused.text
    assert "processing" == office.desk.order(number).status.value
