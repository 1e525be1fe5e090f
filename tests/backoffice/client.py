"""Pages and forms without a browser: sent and read as text."""

import re
from html import unescape

from httpx2 import Response
from starlette.testclient import TestClient

from tests.backoffice.office import PASSWORD


def sign_in(client: TestClient, name: str, password: str = PASSWORD, **more: str) -> int:
    token = field(client.get("/signin").text, "csrf")
    form = {"csrf": token, "name": name, "password": password} | more
    return client.post("/signin", data=form).status_code


def field(text: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', text)
    assert found, name
    return found[1]


def state(client: TestClient, path: str) -> dict[str, str]:
    """The hidden fields of a draft's page, as its forms would send them."""
    text = client.get(path).text
    return {name: field(text, name) for name in ("csrf", "version", "seen")}


def words(answer: Response) -> str:
    """What a page says: its text without markup, blanks made one."""
    page = re.sub(r"<head>.*?</head>|<option.*?</option>", " ", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def send(client: TestClient, page: str, to: str, **fields: str) -> Response:
    """Send a form of a page, and return the page that it leads to."""
    return client.post(to, data=state(client, page) | fields)


def no_form(client: TestClient, page: str) -> dict[str, str]:
    """The token of a page that is not about a draft, and the version it shows."""
    text = client.get(page).text
    return dict(re.findall(r'name="(csrf|version)" value="([^"]*)"', text))
