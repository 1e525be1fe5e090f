"""Start the back office: `make backoffice`, or `python -m backoffice` in the folder examples."""

import argparse
import logging
import os
import resource
import secrets
import socket
from contextlib import suppress
from pathlib import Path

import attrs
import uvicorn
from shop import STORE

from backoffice.app import LOCAL, create_app
from backoffice.connections import PatientProtocol
from backoffice.roles import CLERK, ROLES, SUPERVISOR
from backoffice.seed import fill
from backoffice.staff import NoSuchAccount, Staff
from backoffice.taxes import tax_table
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.desk import OrderDesk
from cartcore.entry.hooks import OrderHooks
from cartcore.entry.store import Store
from cartcore.rules import Plugin, Rulebook, load_rulebook

STAFF_MEMBER = "sam"

LOCK_SECONDS = 3
"""How long a change waits for others before staff are told that the shop is busy."""


def main() -> None:
    """Open the files, make what is missing, and serve."""
    parser = _parser()
    given = parser.parse_args()
    if given.role and not (given.add or given.password):
        parser.error("--role goes with --add or --password, which say whose role it is")
    rulebook = load_rulebook(discover=True, block=given.block_plugin)
    try:
        store = _store(given, rulebook)
    except (ValueError, OSError) as error:
        parser.exit(2, f"{parser.prog}: {given.tax_table} cannot be used: {error}\n")
    try:
        door = _opened(given.host, given.port)
    except (OSError, OverflowError) as error:
        told = f"port {given.port} of {given.host} cannot be used ({error}), so nothing was changed"
        parser.exit(2, f"{parser.prog}: {told}; choose another port with --port\n")
    logging.basicConfig(format="%(asctime)s %(name)s: %(message)s", level=logging.INFO)
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))  # connections are files
    os.umask(0o077)  # What is made here has names and addresses of customers: the owner's alone.
    accounts, file = given.folder / "backoffice-staff.sqlite", given.folder / "backoffice.sqlite"
    for made in (accounts, *given.folder.glob("backoffice.sqlite*")):
        if made.exists():
            made.chmod(0o600)
    staff = Staff(accounts)
    with SQLiteStorage(file, rulebook=rulebook, timeout=LOCK_SECONDS) as storage:
        if fill(storage):
            print(f"Filled {file} with a catalogue, contacts and promotions.")
        if found := [plugin for plugin in rulebook.plugins if plugin.distribution]:
            print(f"Plugins: {', '.join(map(_described, found))}.")
        print(f"\n  Back office   http://{given.host}:{door.getsockname()[1]}/")
        try:
            _tell_accounts(staff, given)
        except (NoSuchAccount, ValueError) as error:
            parser.exit(2, f"{parser.prog}: {error}\n")
        hosts = (*LOCAL, given.host, *given.allowed_host)
        config = uvicorn.Config(
            create_app(
                OrderDesk(storage, store, hooks=OrderHooks.of(rulebook)),
                staff,
                hosts,
                image_hosts=given.image_host,
                rulebook=rulebook,
            ),
            http=PatientProtocol,
            ws="none",
            timeout_graceful_shutdown=5,
            proxy_headers=given.trusted_proxy is not None,
            forwarded_allow_ips=given.trusted_proxy or "",
            log_level="warning",
            server_header=False,
        )
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[door])


def _store(given: argparse.Namespace, rulebook: Rulebook) -> Store:
    """The shop with the taxes that were asked for. Raises ValueError or OSError."""
    table = tax_table(given.tax_table, rulebook) if given.tax_table else STORE.tax
    return attrs.evolve(STORE, tax=table, prices_include_tax=given.prices_include_tax)


def _described(plugin: Plugin) -> str:
    if plugin.loaded:
        return plugin.name
    return f"{plugin.name} ({'blocked' if plugin.blocked else 'left out, see the log'})"


def _opened(host: str, port: int) -> socket.socket:
    """Take the port before anything is made: in use, it would be found out too late."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="backoffice", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="default: this machine alone")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--folder", type=Path, default=Path(), help="where the files are kept")
    parser.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name that this application is reached by, beside localhost; may be repeated",
    )
    parser.add_argument(
        "--trusted-proxy",
        metavar="ADDRESS",
        help="believe what the proxy at this address says of clients (X-Forwarded-For, -Proto)",
    )
    parser.add_argument(
        "--image-host",
        action="append",
        default=[],
        metavar="HOST",
        help="show pictures of products from this host, such as cdn.example.com; may be repeated",
    )
    parser.add_argument(
        "--block-plugin",
        action="append",
        default=[],
        metavar="NAME",
        help="leave out the installed plugin of this name; may be repeated",
    )
    parser.add_argument(
        "--tax-table",
        type=Path,
        metavar="FILE",
        help="compute tax by the table in this CSV or TOML file, such as taxes/us.csv",
    )
    parser.add_argument(
        "--prices-include-tax", action="store_true", help="prices have the tax in them"
    )
    accounts = parser.add_mutually_exclusive_group()
    accounts.add_argument("--add", metavar="NAME", help="make an account for NAME")
    accounts.add_argument(
        "--password", metavar="NAME", help="give the account NAME a new password, which is shown"
    )
    parser.add_argument(
        "--role",
        choices=list(ROLES),
        help=f"what the account may do; a new one is a {CLERK.name} unless told otherwise",
    )
    return parser


def _tell_accounts(staff: Staff, given: argparse.Namespace) -> None:
    """Make the account, password or role that was asked for, and say who may sign in."""
    password, role = secrets.token_urlsafe(12), ROLES.get(given.role)
    name = given.add or given.password
    if given.add:
        staff.add(name, password, role or CLERK)
    elif given.password:
        staff.set_password(name, password)
        if role:
            staff.set_role(name, role)
    elif not staff.names():
        name = STAFF_MEMBER
        staff.add(name, password, SUPERVISOR)
    if name:
        print(f"  Sign in as    {name}\n  with          {password}   (shown only now)\n")
    else:
        print(f"  Sign in as    {', '.join(staff.names())}")
        print("  New password  make backoffice NEW_PASSWORD=NAME\n")


if __name__ == "__main__":
    main()
