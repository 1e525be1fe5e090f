"""What a promotion says, and what a promotion type sees: all that `cartcore.rules` needs."""
