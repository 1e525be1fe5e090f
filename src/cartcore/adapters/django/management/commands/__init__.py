"""Commands of `manage.py`: each begins with `cartcore_`."""
