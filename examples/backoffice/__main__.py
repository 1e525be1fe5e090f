"""Start the back office: `make backoffice`, or `python -m backoffice` in the folder examples."""

import argparse
import secrets
from pathlib import Path

import uvicorn
from shop import STORE

from backoffice.app import create_app
from backoffice.seed import fill
from backoffice.staff import Staff
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.desk import OrderDesk
from cartcore.rules import load_rulebook

STAFF_MEMBER = "sam"


def main() -> None:
    """Open the files, make what is missing, and serve."""
    arguments = argparse.ArgumentParser(prog="backoffice", description=__doc__)
    arguments.add_argument("--host", default="127.0.0.1", help="default: this machine alone")
    arguments.add_argument("--port", type=int, default=8000)
    arguments.add_argument("--folder", type=Path, default=Path(), help="where the files are kept")
    arguments.add_argument(
        "--password", metavar="NAME", help="give NAME a new password, which is shown"
    )
    arguments.add_argument(
        "--image-host",
        action="append",
        default=[],
        metavar="HOST",
        help="show pictures of products from this host, such as cdn.example.com",
    )
    given = arguments.parse_args()
    staff = Staff(given.folder / "backoffice-staff.sqlite")
    file = given.folder / "backoffice.sqlite"
    with SQLiteStorage(file, rulebook=load_rulebook()) as storage:
        if fill(storage):
            print(f"Filled {file} with a catalogue, contacts and promotions.")
        print(f"\n  Back office   http://{given.host}:{given.port}/")
        name = given.password or ("" if staff.names() else STAFF_MEMBER)
        if name:
            password = secrets.token_urlsafe(12)
            staff.set_password(name, password)
            print(f"  Sign in as    {name}\n  with          {password}   (shown only now)\n")
        else:
            print(f"  Sign in as    {', '.join(staff.names())}")
            print("  New password  make backoffice NEW_PASSWORD=NAME\n")
        app = create_app(OrderDesk(storage, STORE), staff, image_hosts=given.image_host)
        # One process: what was shown (see `visits.Seen`) is kept in its memory.
        uvicorn.run(app, host=given.host, port=given.port, log_level="warning", server_header=False)


if __name__ == "__main__":
    main()
