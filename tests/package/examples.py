#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that every example in the documentation is compiled and run.

A C++ example is a block of lines that are indented by five or more spaces behind the // of a public header, or a
```cpp block in README.md or libinfra/docs. Each must stand, line by line, in one of the sources under
tests/package/examples; those are built and run by the tests.

usage: examples.py SOURCE_DIR; prints each example that stands nowhere and exits 1 when there is one.
"""
import pathlib
import re
import sys

CPP_FENCE = re.compile(r"^```cpp\s*$")


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
            yield start, block
            block = []


def document_examples(path):
    block, start = None, 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if block is None and CPP_FENCE.match(line):
            block, start = [], number
        elif block is not None and line.startswith("```"):
            yield start, block
            block = None
        elif block is not None:
            block.append(line)


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    sources = ["\n".join(squeeze(path.read_text(encoding="utf-8").splitlines())) + "\n"
               for path in sorted((root / "tests" / "package" / "examples").rglob("*.cpp"))]
    documents = [(path, header_examples) for path in sorted((root / "libinfra/include/infra").glob("*.h"))]
    documents += [(path, document_examples) for path in [root / "README.md", *sorted((root / "libinfra/docs").glob("*.md"))]
                  if path.exists()]
    count, missing = 0, 0
    for path, examples in documents:
        for number, block in examples(path):
            count += 1
            text = "\n".join(squeeze(block)) + "\n"
            if not any(text in source for source in sources):
                missing += 1
                print(f"{path.relative_to(root)}:{number}: no test compiles this example:\n    " + "\n    ".join(block))
    print(f"examples: {count} found, {missing} without a test")
    return 1 if missing or not count else 0


if __name__ == "__main__":
    sys.exit(main())
