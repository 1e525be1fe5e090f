"""The plain form of a version stays what other programs were told of it."""

from tests.plain.recorded import RECORD, of_today, recorded


def test_nothing_goes() -> None:
    """A field, choice or type that was recorded for this version is there as it was (HA-12)."""
    gone = sorted({*recorded()} - {*of_today()})
    assert not gone, "give the plain form a new version, or these back as they were"


def test_nothing_new_is_needed() -> None:
    """What is added to a class need not be given by programs that do not know it yet (HA-12)."""
    known = {line.partition(".")[0] for line in recorded()}
    new = {*of_today()} - {*recorded()}
    needed = sorted(line for line in new if " needed: " in line and line.partition(".")[0] in known)
    assert not needed, "give these a default, or the plain form a new version"


def test_all_is_recorded() -> None:
    """What was added is recorded, so that it is missed when it goes (HA-12)."""
    new = sorted({*of_today()} - {*recorded()})
    assert not new, f"add to {RECORD.name}: python -m tests.plain.recorded"
