"""How long pricing takes, beside the least that the same work can cost. See README.md."""
