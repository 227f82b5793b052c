#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Installs the library without the console and checks what its users rely on.

  library.py BUILD_DIR --soname

--soname: before 1.0 the SONAME holds the minor version too, because that may break binary compatibility.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def run(*command):
    result = subprocess.run([str(part) for part in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            env=dict(os.environ, LC_ALL="C"), timeout=300, check=False)
    # CMake breaks the lines of its errors.
    return result.returncode, " ".join(result.stdout.split())


def install(build, prefix):
    for component in ("runtime", "endpoint", "development"):
        status, output = run("cmake", "--install", build, "--prefix", prefix, "--component", component)
        if status:
            sys.exit(f"the component {component} was not installed:\n{output}")


def check_soname(prefix):
    version = re.search(r"^Version: (\d+)\.(\d+)\.", next(prefix.rglob("infra.pc")).read_text(), re.M)
    major, minor = version.groups()
    expected = f"{major}.{minor}" if major == "0" else major
    for name in ("libinfra.so", "libinfra-endpoint.so"):
        dynamic = run("readelf", "-d", next(prefix.rglob(name)))[1]
        soname = re.search(r"Library soname: \[(.*?)\]", dynamic)[1]
        if soname != f"{name}.{expected}":
            sys.exit(f"{name} of version {major}.{minor} has the SONAME {soname}, not {name}.{expected}")
        print(f"SONAME: {soname}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    check = parser.add_mutually_exclusive_group(required=True)
    check.add_argument("--soname", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="infra-library-") as directory:
        work = pathlib.Path(directory)
        install(arguments.build, work / "prefix")
        if arguments.soname:
            check_soname(work / "prefix")


main()
