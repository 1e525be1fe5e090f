"""What must hold of every type that a plugin gives: laws, each a function of a case (PK-6)."""

from cartcore.testing.plugins.broken import LawBroken
from cartcore.testing.plugins.cases import SpeedCase
from cartcore.testing.plugins.laws import PROMOTION_LAWS, SPEED_LAWS, Law

__all__ = ["PROMOTION_LAWS", "SPEED_LAWS", "Law", "LawBroken", "SpeedCase"]
