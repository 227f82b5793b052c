#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The mixed workload on diskcache: prints, in microseconds, p50, p99 and the longest of all sets, then of all gets.

usage: diskcache_mixed.py DIRECTORY PROCESSES OPERATIONS RATE   (RATE: operations a second, 0: as fast as possible)
"""
import multiprocessing
import random
import sys
import time

import diskcache

KEYS = 100


def worker(directory, seed, operations, rate, results):
    choose = random.Random(seed)
    sets, gets = [], []
    with diskcache.Cache(directory) as cache:
        begin = time.perf_counter()
        for count in range(operations):
            if rate:
                time.sleep(max(0.0, begin + count / rate - time.perf_counter()))
            key = b"key:%d" % choose.randrange(KEYS)
            dice = choose.randrange(111)
            start = time.perf_counter()
            if dice < 100:
                cache.get(key)
                gets.append(time.perf_counter() - start)
            elif dice < 110:
                cache.set(key, b"%d" % count * choose.randrange(1, 20))
                sets.append(time.perf_counter() - start)
            else:
                cache.delete(key)
    results.put((sets, gets))


def quantiles(samples):
    samples.sort()
    return [1e6 * samples[min(len(samples) - 1, int(len(samples) * q))] for q in (0.5, 0.99, 1.0)]


def main():
    directory, processes, operations, rate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    diskcache.Cache(directory).close()
    results = multiprocessing.Queue()
    workers = [multiprocessing.Process(target=worker, args=(directory, seed, operations, rate, results))
               for seed in range(processes)]
    for process in workers:
        process.start()
    sets, gets = [], []
    for _ in workers:
        some_sets, some_gets = results.get()
        sets += some_sets
        gets += some_gets
    for process in workers:
        process.join()
    print(*quantiles(sets), *quantiles(gets))


if __name__ == "__main__":
    main()
