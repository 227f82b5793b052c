#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the layering check on small trees that break one rule each; every one must be reported."""
import pathlib
import subprocess
import sys
import tempfile

BROKEN = {
    "upward include": {"libinfra/src/cache/cache_p.h": "", "libinfra/src/pool/pool.cpp": '#include "cache_p.h"\n'},
    "widgets in libinfra": {"libinfra/src/core/core.cpp": "#include <QWidget>\n"},
    "http server outside the endpoint": {"libinfra/src/client/client.cpp": "#include <QHttpServer>\n"},
    "private header in the app": {"libinfra/src/pool/pool_p.h": "", "app/main.cpp": '#include "pool_p.h"\n'},
    "private header in a public one": {"libinfra/src/core/core_p.h": "",
                                       "libinfra/include/infra/core.h": '#include "core_p.h"\n'},
}


def run(files) -> int:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("libinfra/src/core", "libinfra/include/infra", "app"):
            (pathlib.Path(folder) / name).mkdir(parents=True)
        for name, text in files.items():
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return subprocess.run([sys.executable, sys.argv[1], folder], capture_output=True, check=False).returncode


failed = [name for name, files in BROKEN.items() if run(files) != 1]
if run({}) != 0:
    failed.append("an innocent tree is reported")
print("not seen: " + ", ".join(failed) if failed else "layering: every planted violation is seen")
sys.exit(1 if failed else 0)
