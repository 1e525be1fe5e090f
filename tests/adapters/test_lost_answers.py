"""A connection that breaks between the server's commit and its answer."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import attrs
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from cartcore.adapters.postgres import PostgresStorage
from cartcore.errors import DraftPlaced, StorageUnavailable
from cartcore.orders.filters import OrderFilter
from cartcore.orders.order import OrderSummary
from tests.support.shop import Shop


@attrs.define
class Proxy:
    """Passes bytes on to a server, until it has carried out a COMMIT whose answer is to be lost.

    It is that of a unit of work that writes: one that reads ends with a COMMIT as well.
    """

    server_url: str
    losing: bool = False

    @contextmanager
    def listening(self) -> Iterator[str]:
        """Take connections; gives the URL to use."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            accepting = threading.Thread(target=self._accept, args=(listener,))
            accepting.start()
            port = listener.getsockname()[1]
            try:
                yield make_conninfo(self.server_url, host="127.0.0.1", port=port, sslmode="disable")
            finally:
                listener.shutdown(socket.SHUT_RDWR)
                accepting.join()

    def _accept(self, listener: socket.socket) -> None:
        carrying = []
        while True:
            try:
                client, _ = listener.accept()
            except OSError:  # it was shut down
                break
            carrying.append(threading.Thread(target=self._carry, args=(client,)))
            carrying[-1].start()
        for thread in carrying:
            thread.join()

    def _carry(self, client: socket.socket) -> None:
        with client, self._connected() as server:
            writing = False
            while True:
                ready, _, _ = select.select([client, server], [], [])
                for here, there in ((client, server), (server, client)):
                    if here in ready:
                        data = here.recv(65536)
                        if not data:
                            return
                        there.sendall(data)
                        if here is not client:
                            continue
                        if b"BEGIN" in data:
                            writing = b"READ WRITE" in data
                        if self.losing and writing and b"COMMIT\0" in data:
                            server.recv(65536)  # the answer
                            self.losing = False
                            return

    def _connected(self) -> socket.socket:
        with psycopg.connect(self.server_url) as connection:
            host, port = connection.info.host, connection.info.port
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server


@pytest.fixture
def proxy(postgres_url: str) -> Proxy:
    return Proxy(postgres_url)


@pytest.fixture
def shop(proxy: Proxy) -> Iterator[Shop]:
    with proxy.listening() as url, PostgresStorage(url) as storage:
        yield Shop(storage)


def test_an_order_whose_answer_was_lost_is_there_once(shop: Shop, proxy: Proxy) -> None:
    """Placed again with its key, it is the same order; asked for by key, too (ST-5, ST-7)."""
    draft_id = shop.reviewed({"MUG": 2})
    seen = shop.quote(draft_id)
    proxy.losing = True
    with pytest.raises(StorageUnavailable):
        shop.desk.place(draft_id, seen=seen, actor="sam", idempotency_key="key")

    assert not proxy.losing
    found = shop.desk.placed("key")
    again = shop.desk.place(draft_id, seen=seen, actor="sam", idempotency_key="key")
    assert found == again
    assert (OrderSummary.of(found),) == shop.desk.orders(OrderFilter()).items
    assert seen.total == found.total


def test_a_draft_whose_order_was_not_heard_of_is_placed(shop: Shop, proxy: Proxy) -> None:
    """Without a key the draft serves as one: it says that it was placed (ST-7)."""
    draft_id = shop.reviewed({"MUG": 2})
    seen = shop.quote(draft_id)
    proxy.losing = True
    with pytest.raises(StorageUnavailable):
        shop.desk.place(draft_id, seen=seen, actor="sam")

    with pytest.raises(DraftPlaced) as caught:
        shop.view(draft_id)
    assert "1001" == caught.value.order_number
    assert "1001" == shop.desk.place(draft_id, seen=seen, actor="sam").number
