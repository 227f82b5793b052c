#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that no documented command depends on which one ran before: runs the scripts, one behind the other, with
programs that build nothing in place of CMake and only keep what CMake would keep in a build's cache.

Behind every other script, packaging/test.sh must build and run every test of its preset. Behind packaging/bench.sh every
program must be there that README and the pages name as one of the release build's tests.

usage: commands.py SOURCE_DIR
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# Stands in for cmake, ctest and cpack, and notes what a build or a test run finds: the cache's options and the targets.
STAND_IN = f"""#!{sys.executable}
import json, pathlib, sys
root = pathlib.Path(".")
program, arguments = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
if program == "cpack":
    (root / "build/packages").mkdir(parents=True, exist_ok=True)
    (root / "build/packages/infra.deb").touch()
    sys.exit()
preset = arguments[arguments.index("--preset") + 1]
kept = root / f"cache-{{preset}}.json"
cache = json.loads(kept.read_text()) if kept.exists() else {{}}
if program == "cmake" and "--build" not in arguments:
    cache.update(argument[2:].split("=", 1) for argument in arguments if argument.startswith("-D"))
    kept.write_text(json.dumps(cache))
    (root / "build" / preset).mkdir(parents=True, exist_ok=True)
    sys.exit()
targets = arguments[arguments.index("--target") + 1:] if "--target" in arguments else []
with open("noted", "a") as noted:
    print(json.dumps([program, preset, cache, targets]), file=noted)
"""
# What the scripts start besides; a shell's `:` is enough for them.
STARTED = ["packaging/setup.sh", "tests/fuzz/run.sh", "build/release/app/infra-console",
           "build/release/tests/bench/infra-bench"]
PRESETS = ["dev", "release", "asan", "tsan"]


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


class Clone:
    """The scripts of a fresh clone, and nothing that they build."""

    def __init__(self, source, root):
        self.root = root
        for script in [".ci/run", *(f"packaging/{name}.sh" for name in ("run", "package", "bench", "test"))]:
            (root / script).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / script, root / script)
        for name in STARTED:
            write(root / name, "#!/bin/sh\n:\n")
        write(root / "tests/package/packages.sh", "#!/bin/sh\nexec packaging/package.sh\n")
        for name in ("cmake", "ctest", "cpack"):
            write(root / "bin" / name, STAND_IN)
        write(root / "bin/gcovr", "#!/bin/sh\n:\n")

    def run(self, *command, preset=None):
        """What was built and tested: program, preset, cache, targets."""
        (self.root / "noted").unlink(missing_ok=True)
        environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        environment.update(PATH=f"{self.root / 'bin'}:{os.environ['PATH']}", TMPDIR=str(self.root))
        environment.pop("INFRA_PRESET", None)
        if preset:
            environment["INFRA_PRESET"] = preset
        result = subprocess.run(command, cwd=self.root, env=environment, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, timeout=60, check=False)
        if result.returncode:
            sys.exit(f"{' '.join(command)} ended with {result.returncode}:\n{result.stdout}")
        return [json.loads(line) for line in (self.root / "noted").read_text().splitlines()]


def problems(source, directory):
    for script in ("packaging/run.sh", "packaging/package.sh", "packaging/bench.sh", ".ci/run"):
        clone = Clone(source, pathlib.Path(directory) / script.replace("/", "-"))
        clone.run(script)
        for preset in PRESETS:
            for program, _, cache, _ in clone.run("packaging/test.sh", preset=preset):
                if program != "ctest":
                    continue
                for option in ("INFRA_BUILD_TESTS", "INFRA_BUILD_APP"):
                    if cache.get(option, "ON") != "ON":
                        yield f"{script}, then INFRA_PRESET={preset} packaging/test.sh: {option} is {cache[option]}"
                # Made for /usr, programs do not find the library in the tree that the tests install.
                if cache.get("CMAKE_INSTALL_PREFIX") == "/usr":
                    yield f"{script}, then INFRA_PRESET={preset} packaging/test.sh: the tree is made for /usr"

    built = {target for *_, targets in Clone(source, pathlib.Path(directory) / "measured").run("packaging/bench.sh")
             for target in targets}
    named = 0
    for page in [source / "README.md", *sorted((source / "libinfra/docs").glob("*.md"))]:
        for program in re.findall(r"build/release/tests/\w+/([\w-]+)", page.read_text()):
            named += 1
            if program not in built:
                yield f"{page.relative_to(source)} names {program}, which packaging/bench.sh does not build"
    if not named:
        yield "no page names a program of the release build"


def main():
    with tempfile.TemporaryDirectory(prefix="infra-commands-") as directory:
        found = list(dict.fromkeys(problems(pathlib.Path(sys.argv[1]).resolve(), directory)))
    for problem in found:
        print(problem)
    print(f"commands: {len(found)} problems")
    return 1 if found else 0


sys.exit(main())
