"""Run scenarios: ``python -m tests.scenarios FILE.jsonl`` (see NOTICE.md for the format).

Prints a line for each, and how many passed, failed and were skipped. Exits with 1 if any failed,
and with 2 if there is no such file.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from tests.scenarios.judging import Verdict, judge


def main(arguments: Sequence[str]) -> int:
    """Run the scenarios of the files named; return the exit status."""
    if not arguments or arguments[0].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)  # noqa: T201
        return 2
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # an id may be in any script
    counts: Counter[Verdict] = Counter()
    for name in arguments:
        try:
            content = Path(name).read_bytes()
        except OSError as error:
            print(f"{name}: {error.strerror}", file=sys.stderr)  # noqa: T201
            return 2
        for judgement in judge(content):
            counts[judgement.verdict] += 1
            print(judgement)  # noqa: T201
    passed, failed, skipped = (counts[v] for v in (Verdict.PASS, Verdict.FAIL, Verdict.SKIP))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
