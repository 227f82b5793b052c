#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Installs a build tree and uses the result as an outside project would.

  install.py BUILD_DIR SOURCE_DIR [--prefix PREFIX] [--subproject]

Installs into a fresh prefix and moves it, so that a path that points back is found (--prefix: uses what is installed
there instead). Then: a service built by find_package runs, the installed console's snapshot shows it with its cache
and its pool, and its check finds it up; a program built by pkg-config runs; the installed console takes a picture of
every page of its demo. --subproject builds and runs the same program with the source tree as a subdirectory.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PAGES = 6


def run(*command, **options):
    result = subprocess.run([str(part) for part in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            timeout=options.pop("timeout", 300), **options)
    if result.returncode != 0:
        sys.exit(f"{' '.join(str(part) for part in command)}\nended with {result.returncode}:\n{result.stdout[-4000:]}")
    return result.stdout


def configure_and_build(source, build, *options):
    run("cmake", "-G", "Ninja", "-S", source, "-B", build, "-DCMAKE_BUILD_TYPE=Debug", *options)
    run("cmake", "--build", build, timeout=1200)


def parts_of(snapshot, service):
    """What the console's snapshot shows of the instances of `service`."""
    instances = {instance["id"] for instance in snapshot["instances"] if instance["service"] == service}
    return {part for part in ("caches", "pools") if any(row["instance"] in instances for row in snapshot[part])}


def check_service(prefix, work):
    configure_and_build(HERE / "outside", work / "outside", f"-DCMAKE_PREFIX_PATH={prefix}")
    console = prefix / "bin" / "infra-console"
    store = f"sqlite://{work}/orders-cache.db"
    service = subprocess.Popen([work / "outside" / "orders", store, f"sqlite://{work}/orders.db"],
                               stdout=subprocess.PIPE, text=True)
    try:
        started = time.monotonic()
        port = int(service.stdout.readline())  # It listens.
        parts = set()
        while parts != {"caches", "pools"}:
            if time.monotonic() - started > 20:
                sys.exit(f"the console's snapshot shows only {sorted(parts)} of the outside service")
            parts = parts_of(json.loads(run(console, "--stats", "--store", store)), "orders")
        print(f"outside service: in the console's snapshot {time.monotonic() - started:.1f} s after its start")
        # Exits with 0 for a service that is up.
        print(run(console, "--check", "data-api", env=dict(os.environ, DATA_API_URL=f"http://127.0.0.1:{port}")).strip())
    finally:
        service.terminate()
        service.wait(timeout=30)


def check_pkg_config(prefix, work):
    found = next(prefix.rglob("infra.pc"), None)
    if found is None:
        sys.exit("no infra.pc was installed")
    environment = dict(os.environ, PKG_CONFIG_PATH=str(found.parent))
    flags = run("pkg-config", "--cflags", "--libs", "infra", env=environment).split()
    run("c++", HERE / "pkgconfig" / "main.cpp", "-o", work / "answers", *flags)
    run(work / "answers", env=dict(os.environ, LD_LIBRARY_PATH=str(found.parent.parent)))
    print("pkg-config: built and run")


def check_console(prefix, work):
    pictures = work / "pictures"
    run(prefix / "bin" / "infra-console", "--demo", "--capture", pictures)
    count = len(list(pictures.glob("*.png")))
    if count < PAGES:
        sys.exit(f"the installed console drew {count} pages of {PAGES}")
    print(f"installed console: {count} pictures")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("--prefix", type=pathlib.Path)
    parser.add_argument("--subproject", action="store_true")
    arguments = parser.parse_args()
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    work = pathlib.Path(tempfile.mkdtemp(prefix="infra-package-"))
    try:
        if arguments.subproject:
            configure_and_build(HERE / "subproject", work / "subproject", f"-DINFRA_SOURCE={arguments.source}",
                                "-DCMAKE_UNITY_BUILD=ON")  # The same targets in a third of the time.
            run(work / "subproject" / "answers")
            print("subproject: built and run")
            return
        prefix = arguments.prefix
        if prefix is None:
            run("cmake", "--install", arguments.build, "--prefix", work / "staged")
            prefix = work / "moved"
            shutil.move(work / "staged", prefix)
        check_service(prefix, work)
        check_pkg_config(prefix, work)
        check_console(prefix, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


main()
