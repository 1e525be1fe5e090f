"""Where the time goes: `python -m benchmarks.profile W1`, or the name of any other workload."""

import cProfile
import pstats
import sys
from time import process_time

from benchmarks.contestants import cartcore
from benchmarks.ours import BEST, BY_LINE
from benchmarks.workloads import workload

SECONDS = 1.0
SHOWN = 30


def main(name: str) -> None:
    """Print the functions that take most of the time of pricing a workload.

    The profiler makes calls of functions look dearer than they are: compare, and then measure.
    """
    contestant = cartcore(workload(name), BEST if name.startswith("R") else BY_LINE)
    calls = max(1, int(SECONDS / contestant.batch(1).seconds))
    prepared = contestant.make(calls)
    with cProfile.Profile(process_time) as profile:
        for call in prepared:
            call()
    print(f"{name}, {calls} times")
    pstats.Stats(profile).sort_stats("tottime").print_stats(SHOWN)


if __name__ == "__main__":
    main(sys.argv[1] if sys.argv[1:] else "W1")
