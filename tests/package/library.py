#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Installs the library without the console and checks what its users rely on.

  library.py BUILD_DIR --soname | --components

--soname: before 1.0 the SONAME holds the minor version too, because that may break binary compatibility. --components:
an optional Endpoint that cannot be used leaves Infra usable, a required one says why it cannot.
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


CASES = [
    # What is asked for, what is missing, what the answer must hold.
    ("REQUIRED;OPTIONAL_COMPONENTS;Endpoint", None,
     ["has Infra::Infra", "has Infra::Endpoint", "Infra_FOUND is 1, Infra_Endpoint_FOUND is TRUE"]),
    ("REQUIRED;OPTIONAL_COMPONENTS;Endpoint", "Qt6HttpServer",
     ["has Infra::Infra", "Infra_FOUND is 1, Infra_Endpoint_FOUND is FALSE", "Infra: the component Endpoint needs"]),
    # What Qt HttpServer itself needs.
    ("REQUIRED;OPTIONAL_COMPONENTS;Endpoint", "Qt6WebSockets",
     ["has Infra::Infra", "Infra_FOUND is 1, Infra_Endpoint_FOUND is FALSE", "Infra: the component Endpoint needs"]),
    ("REQUIRED;COMPONENTS;Endpoint", "Qt6HttpServer",
     ["CMake Error", "the component Endpoint needs Qt6HttpServer and Qt6WebSockets"]),
    ("REQUIRED;COMPONENTS;Elsewhere", None, ["CMake Error", "this installation has no component Elsewhere"]),
]


def check_components(prefix, work):
    failures = []
    for number, (wanted, missing, answers) in enumerate(CASES):
        output = run("cmake", "-G", "Ninja", "-S", HERE / "components", "-B", work / str(number),
                     f"-DCMAKE_PREFIX_PATH={prefix}", f"-DWANTED={wanted}",
                     *([f"-DCMAKE_DISABLE_FIND_PACKAGE_{missing}=ON"] if missing else []))[1]
        wrong = [answer for answer in answers if answer not in output]
        wrong += [answer for answer in ("CMake Error", "has Infra::Endpoint") if answer in output and answer not in answers]
        if wrong:
            failures.append(f"{wanted} without {missing or 'nothing'}: it is wrong about {wrong}:\n{output}")
    if failures:
        sys.exit("\n".join(failures))
    print(f"components: {len(CASES)} requests were answered as they should be")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    check = parser.add_mutually_exclusive_group(required=True)
    check.add_argument("--soname", action="store_true")
    check.add_argument("--components", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="infra-library-") as directory:
        work = pathlib.Path(directory)
        install(arguments.build, work / "prefix")
        if arguments.soname:
            check_soname(work / "prefix")
        else:
            check_components(work / "prefix", work)


main()
