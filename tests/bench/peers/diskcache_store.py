#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""python3-diskcache as a peer of `infra-bench store`: reads one command a line, answers one line.

    diskcache_store.py DIRECTORY ROWS
Commands:
    get COUNT  -> nanoseconds of one get
    set COUNT  -> microseconds of one set
"""
import random
import sys
import time

import diskcache

VALUE_SIZE = 100


def key_of(number):
    return b"user:profile:%012d" % number


def main():
    directory, rows = sys.argv[1], int(sys.argv[2])
    choose = random.Random(1)
    written = 0
    with diskcache.Cache(directory) as cache:
        with cache.transact():
            for number in range(rows):
                cache.set(key_of(number), b"v" * VALUE_SIZE)
        for line in sys.stdin:
            command, count = line.split()
            keys = [key_of(choose.randrange(rows)) for _ in range(int(count))]
            start = time.perf_counter_ns()
            if command == "get":
                for key in keys:
                    if len(cache.get(key)) != VALUE_SIZE:
                        sys.exit("a value is missing")
                print((time.perf_counter_ns() - start) / len(keys), flush=True)
            else:
                for key in keys:
                    written += 1
                    cache.set(key, b"%0100d" % written)
                print((time.perf_counter_ns() - start) / len(keys) / 1000, flush=True)


main()
