# SPDX-License-Identifier: MIT
"""SQLAlchemy's QueuePool as a peer of `infra-bench pool`: reads `cycle COUNT` lines, answers nanoseconds a cycle."""
import sys
import time

from sqlalchemy.pool import QueuePool


class StubConnection:
    def rollback(self):
        pass

    def close(self):
        pass


def main():
    pool = QueuePool(StubConnection, pool_size=10, max_overflow=5, timeout=30)
    for line in sys.stdin:
        command, count = line.split()
        if command != "cycle":
            print("unknown", flush=True)
            continue
        start = time.perf_counter_ns()
        for _ in range(int(count)):
            pool.connect().close()
        print((time.perf_counter_ns() - start) / int(count), flush=True)


main()
