#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that the operations guide lists every metric of the catalogue, and no other.

usage: metricslist.py SOURCE_DIR
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
catalogue = set(re.findall(r'^inline constexpr char \w+\[\] = "([a-z][a-z0-9._]+)";',
                           (root / "libinfra/include/infra/metriccatalogue.h").read_text(), re.M))
guide = (root / "libinfra/docs/operations.md").read_text()
listed = set(re.findall(r"^\| `([a-z0-9._]+)` \|", guide[guide.index("## Metrics"):], re.M))
for name in sorted(catalogue - listed):
    print(f"libinfra/docs/operations.md does not list {name}")
for name in sorted(listed - catalogue):
    print(f"libinfra/docs/operations.md lists {name}, which no component publishes")
print(f"metrics: {len(catalogue)} in the catalogue")
sys.exit(0 if catalogue and catalogue == listed else 1)
