"""A JSON API for order entry: FastAPI on cartcore."""
