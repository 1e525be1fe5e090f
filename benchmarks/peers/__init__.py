"""Other libraries on the same workloads, in an environment of their own, as they need Django.

Each is a program that answers on its standard output: `["W1", 20]` in, `[seconds, cents]` out.
"""

import gc
import json
import sys
from collections.abc import Callable
from functools import lru_cache
from time import process_time

from benchmarks.workloads import Workload, workload

SETTINGS = {
    "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    "DEFAULT_AUTO_FIELD": "django.db.models.AutoField",
    "SECRET_KEY": "none",
    "USE_TZ": True,
}


def serve(prepare: Callable[[Workload], Callable[[], int]]) -> None:
    """Measure what `prepare` returns for a workload, as often as is asked for, to the end."""
    prepared = lru_cache(maxsize=1)(lambda name: prepare(workload(name)))
    for asked in sys.stdin:
        name, calls = json.loads(asked)
        call = prepared(name)
        total = 0
        gc.collect()
        start = process_time()
        for _ in range(calls):
            total = call()
        print(json.dumps([(process_time() - start) / calls, total]), flush=True)
