"""Order entry by telephone: the app that was added."""
