"""What an author tests an adapter or a plugin with; needs pytest and Hypothesis."""
