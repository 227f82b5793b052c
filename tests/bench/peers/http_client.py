# SPDX-License-Identifier: MIT
"""python3-httpx as a peer of `infra-bench client`: reads one command a line, answers one line.

    http_client.py URL
Commands:
    sequential COUNT        -> median nanoseconds of one GET
    parallel COUNT WORKERS  -> requests per second
"""
import asyncio
import statistics
import sys
import time

import httpx


async def sequential(client, url, count):
    times = []
    for _ in range(count):
        start = time.perf_counter_ns()
        (await client.get(url)).raise_for_status()
        times.append(time.perf_counter_ns() - start)
    return statistics.median(times)


async def parallel(client, url, count, workers):
    async def worker(share):
        for _ in range(share):
            (await client.get(url)).raise_for_status()

    start = time.perf_counter()
    await asyncio.gather(*(worker(count // workers) for _ in range(workers)))
    return (count // workers) * workers / (time.perf_counter() - start)


async def main(url):
    limits = httpx.Limits(max_connections=6, max_keepalive_connections=6)
    loop = asyncio.get_running_loop()
    async with httpx.AsyncClient(limits=limits, trust_env=False) as client:
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            command, *numbers = line.split()
            run = {"sequential": sequential, "parallel": parallel}[command]
            print(await run(client, url, *map(int, numbers)), flush=True)


asyncio.run(main(sys.argv[1]))
