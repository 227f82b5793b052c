#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that every example in the documentation is compiled and run.

A C++ example is a block of lines that are indented by five or more spaces behind the // of a public header, or a
```cpp block in README.md or libinfra/docs. Each must stand, line by line, in one of the sources under
tests/package/examples; those are built and run by the tests. The lines of a ```cmake block must stand, in their order,
in one CMakeLists.txt of a project under tests/package that the tests build.

usage: examples.py SOURCE_DIR; prints each example that stands nowhere and exits 1 when there is one.
"""
import pathlib
import re
import sys

FENCE = re.compile(r"^```(\w*)\s*$")
TESTED = {"cpp", "cmake"}


def squeeze(lines):
    """The lines without indentation and without blank ones: what is compared."""
    return [line.strip() for line in lines if line.strip()]


def header_examples(path):
    block, start = [], 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() + [""], 1):
        match = re.match(r"^\s*//     +(\S.*)$", line)
        if match:
            start = start if block else number
            block.append(match.group(1))
        elif block and not re.match(r"^\s*//\s*$", line):
            yield start, "cpp", block
            block = []


def document_examples(path):
    block, start, language = None, 0, ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        fence = FENCE.match(line)
        if block is None and fence:
            block, start, language = [], number, fence.group(1)
        elif block is not None and fence:
            if language in TESTED:
                yield start, language, block
            block = None
        elif block is not None:
            block.append(line)


def stands_in(language, block, sources, projects):
    wanted = squeeze(block)
    if language == "cmake":
        return any(all(line in rest for line in wanted) for rest in (iter(project) for project in projects))
    return any("\n".join(wanted) + "\n" in source for source in sources)


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    sources = ["\n".join(squeeze(path.read_text(encoding="utf-8").splitlines())) + "\n"
               for path in sorted((root / "tests" / "package" / "examples").rglob("*.cpp"))]
    projects = [squeeze((root / "tests" / "package" / name / "CMakeLists.txt").read_text(encoding="utf-8").splitlines())
                for name in ("outside", "subproject")]
    pages = [root / "README.md", *sorted((root / "libinfra/docs").glob("*.md"))]
    documents = [(path, header_examples) for path in sorted((root / "libinfra/include/infra").glob("*.h"))]
    documents += [(path, document_examples) for path in pages if path.exists()]
    count, missing = 0, 0
    for path, examples in documents:
        for number, language, block in examples(path):
            count += 1
            if not stands_in(language, block, sources, projects):
                missing += 1
                print(f"{path.relative_to(root)}:{number}: no test builds this example:\n    " + "\n    ".join(block))
    print(f"examples: {count} found, {missing} without a test")
    return 1 if missing or not count else 0


if __name__ == "__main__":
    sys.exit(main())
