#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs packaging/setup.sh on package databases made up for it. It must install nothing where every package is there, also
where some are there for another architecture too, and what is there for another architecture only.

usage: setup.py SOURCE_DIR
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ENTRY = """Package: {name}
Status: install ok installed
Architecture: {architecture}
Multi-Arch: {kind}
Maintainer: nobody <nobody@infra.invalid>
Version: 1
Description: made up

"""


def packages_of(script):
    return re.search(r"^run_packages=\((.*?)^\)", script.read_text(), re.M | re.S)[1].split()


def installed_by(script, work, states):
    """What `setup.sh run` would install where each of `states`, name and architecture, is there."""
    (work / "status").write_text("".join(
        ENTRY.format(name=name, architecture=architecture, kind="foreign" if architecture == "all" else "same")
        for name, architecture in states))
    (work / "arch").write_text("".join(f"{architecture}\n" for architecture in ("amd64", "arm64", "i386")))
    (work / "bin").mkdir(exist_ok=True)
    for program in ("apt-get", "sudo"):
        (work / "bin" / program).write_text("#!/bin/sh\nexit 1\n")
        (work / "bin" / program).chmod(0o755)
    environment = dict(os.environ, PATH=f"{work / 'bin'}:{os.environ['PATH']}", DPKG_ADMINDIR=str(work), TMPDIR=str(work))
    output = subprocess.run([script, "run"], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            timeout=60, check=False).stdout
    # With root or sudo it names them, otherwise it prints the line to run.
    named = re.search(r"^Installing \d+ packages: (.*)$|apt-get install -y --no-install-recommends (.*)$", output, re.M)
    return (named[1] or named[2]).split() if named else []


def main():
    script = pathlib.Path(sys.argv[1]).resolve() / "packaging/setup.sh"
    native = subprocess.run(["dpkg", "--print-architecture"], text=True, capture_output=True, check=True).stdout.strip()
    foreign = "arm64" if native != "arm64" else "amd64"
    packages = packages_of(script)
    here = [(name, native) for name in packages]
    cases = [
        ("every package is there", here, []),
        ("one is for every architecture", [(packages[0], "all"), *here[1:]], []),
        ("two are there for another architecture too", [*here, (packages[0], foreign), (packages[1], foreign)], []),
        ("one is there for another architecture only", [(packages[0], foreign), *here[1:]], [packages[0]]),
        ("one is not there", here[1:], [packages[0]]),
    ]
    wrong = 0
    for what, states, expected in cases:
        with tempfile.TemporaryDirectory(prefix="infra-setup-") as directory:
            found = installed_by(script, pathlib.Path(directory), states)
        if found != expected:
            wrong += 1
            print(f"{what}: it would install {found}, not {expected}")
    print(f"setup: {len(cases)} package databases, {wrong} of them misread")
    return 1 if wrong else 0


sys.exit(main())
