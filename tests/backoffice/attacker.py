"""Attacks on a back office that runs on this machine, from a process of their own.

    python -m tests.backoffice.attacker NAME PORT [COOKIE DRAFT]

Each prints "attacking" once it has begun, goes on for some seconds, and stops by itself.
"""

import resource
import socket
import sys
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode

SECONDS = 3.0
SMALL_HEAD = b"Host: 127.0.0.1\r\n"


def ask(port: int, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
    """One request; its status and text."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    try:
        connection.request(method, path, body or None, {**kind, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except (OSError, HTTPException) as error:
        return 0, str(error)
    finally:
        connection.close()


def again_and_again(threads: int, do: Callable[[int], object]) -> None:
    """Do it in so many threads until the time is over."""
    until = time.monotonic() + SECONDS

    def work(number: int) -> None:
        while time.monotonic() < until:
            do(number)

    started = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join(SECONDS + 10)


def cookie(port: int, *_: str) -> None:
    """A quoted cookie of 60 kB full of backslashes: quadratic to parse in some Pythons."""
    evil = 'a="' + "\\1" * 30_000 + '"'
    again_and_again(2, lambda _: ask(port, "GET", "/signin", Cookie=evil))


def sign_ins(port: int, *_: str) -> None:
    """Sixty sign-ins at once, each from another address as it says itself."""

    def guess(number: int) -> None:
        form = urlencode({"csrf": "x" * 43, "name": f"sam{number}", "password": "no such word"})
        ask(
            port,
            "POST",
            "/signin",
            form,
            **{
                "Cookie": f"backoffice_signin={'x' * 43}",
                "X-Forwarded-For": f"10.0.{number}.{time.monotonic_ns() % 250}",
            },
        )

    again_and_again(60, guess)


def kept_open(port: int, said: bytes, number: int = 600) -> None:
    """Connections that say something and then nothing more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 2_000), hard), hard))
    opened = []
    for _ in range(number):
        connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        if said:
            connection.sendall(said)
        opened.append(connection)
    time.sleep(SECONDS)


def silence(port: int, *_: str) -> None:
    """Connections without a word."""
    kept_open(port, b"")


def half_heads(port: int, *_: str) -> None:
    """Half a request head."""
    kept_open(port, b"GET /orders HTTP/1.1\r\n" + SMALL_HEAD + b"X-Slow: ")


def half_bodies(port: int, *_: str) -> None:
    """A head, and a body that never comes."""
    head = b"POST /signin HTTP/1.1\r\n" + SMALL_HEAD + b"Content-Length: 1000\r\n"
    kept_open(port, head + b"Content-Type: application/x-www-form-urlencoded\r\n\r\ncsrf=")


def kept_alive(port: int, *_: str) -> None:
    """Requests that are answered, on connections that then stay open."""
    kept_open(port, b"GET /signin HTTP/1.1\r\n" + SMALL_HEAD + b"\r\n")


def unread(port: int, *_: str) -> None:
    """Answers that nobody takes: more than the system keeps for a connection."""
    request = b"GET /static/htmx.min.js HTTP/1.1\r\n" + SMALL_HEAD + b"\r\n"
    kept_open(port, request * 100, 150)


def searches(port: int, session: str, draft: str) -> None:
    """A colleague's script that searches with long texts, forty at a time."""
    words = "%20".join(["a"] * 12)
    path = f"/drafts/{draft}/contact/matches?q={words}"
    again_and_again(40, lambda _: ask(port, "GET", path, Cookie=session))


def pages(port: int, session: str, _: str) -> None:
    """A colleague's script that loads pages, forty at a time."""
    again_and_again(40, lambda _: ask(port, "GET", "/orders", Cookie=session))


# Each is given the port, and the words that follow it.
ATTACKS: dict[str, Callable[..., None]] = {
    attack.__name__: attack
    for attack in (
        *(cookie, sign_ins, silence, half_heads, half_bodies, kept_alive, unread),
        *(searches, pages),
    )
}

if __name__ == "__main__":
    sys.stdout.write("attacking\n")
    sys.stdout.flush()
    ATTACKS[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:])
