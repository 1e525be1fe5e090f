"""Ending what takes too long."""

import signal
import sys
from time import monotonic

import pytest

from cartcore.testing.plugins.patience import TooLong, ended_after

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it cannot be done there")


def _never_ends() -> None:
    end = monotonic() + 60  # so that a fault is told
    while monotonic() < end:
        pass


def _never_ends_and_loses_what_is_raised() -> None:
    """As a callback of the collector does, or of a weak reference."""
    try:
        _never_ends()
    except TooLong:
        _never_ends()


def test_what_takes_too_long_is_ended() -> None:
    """What never ends is ended, and then neither the signal nor the timer is left (PK-6)."""
    before = signal.getsignal(signal.SIGALRM)

    with pytest.raises(TooLong), ended_after(0.05):
        _never_ends()

    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_it_is_ended_though_what_is_raised_is_lost_at_first() -> None:
    """What is raised while garbage is collected is lost, so it is raised again (PK-6)."""
    with pytest.raises(TooLong), ended_after(0.05):
        _never_ends_and_loses_what_is_raised()
