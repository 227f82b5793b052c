#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks who includes whom: the direction of dependencies is the architecture.

usage: layering.py SOURCE_DIR; prints each violation and exits 1 when there is one.
"""
import pathlib
import re
import sys

# Layer -> the layers below it that it may include.
ALLOWED = {
    "core": set(),
    "telemetry": {"core"},
    "pool": {"core", "telemetry"},
    "store": {"core", "telemetry", "pool"},
    "cache": {"core", "telemetry", "pool", "store"},
    "client": {"core", "telemetry"},
    "infrastructure": {"core", "telemetry", "pool", "store", "cache", "client"},
    "endpoint": {"core", "telemetry"},
}
GUI_MODULES = re.compile(r"Qt(Widgets|Gui|Charts|Svg|Quick|Qml)\b")
GUI_CLASSES = re.compile(
    r"^Q(Widget|Application|GuiApplication|Chart\w*|PushButton|MainWindow|Dialog|Painter|Color|Pixmap|Image|Icon|Font|"
    r"Palette|TableView|Action|Style\w*)$")
HTTP_SERVER = re.compile(r"^(QtHttpServer/)?QHttpServer|^QAbstractHttpServer")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def includes(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1), match.group(2)


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    source = root / "libinfra" / "src"
    public = root / "libinfra" / "include" / "infra"
    owners = {}  # private header name -> the layers that hold one of that name
    for header in source.rglob("*.h"):
        owners.setdefault(header.name, set()).add(header.relative_to(source).parts[0])
    problems = []

    def report(path, number, text):
        problems.append(f"{path.relative_to(root)}:{number}: {text}")

    for path in sorted([*source.rglob("*.h"), *source.rglob("*.cpp"), *public.rglob("*.h")]):
        layer = path.relative_to(source).parts[0] if source in path.parents else "public"
        for number, bracket, name in includes(path):
            base = name.split("/")[-1]
            if GUI_MODULES.search(name) or GUI_CLASSES.match(base):
                report(path, number, f"libinfra must not see {name}")
            if HTTP_SERVER.match(name) and layer != "endpoint":
                report(path, number, "Qt HttpServer is GPL-3: only the endpoint may see it")
            if layer == "public":
                if bracket == '"':
                    report(path, number, f"a public header includes a private one: {name}")
            elif bracket == '"' and base in owners and layer not in owners[base]:
                if not owners[base] & ALLOWED[layer]:
                    report(path, number, f"{layer} may not include {name} of {'/'.join(sorted(owners[base]))}")

    app = [*(root / "app").rglob("*.h"), *(root / "app").rglob("*.cpp")]
    local = {path.name for path in app}
    private = {name for name in owners if not (public / name).exists() and name not in local}
    for path in sorted(app):
        for number, bracket, name in includes(path):
            if "libinfra" in name or (bracket == '"' and name.split("/")[-1] in private):
                report(path, number, f"the app sees public headers only, not {name}")
    print("\n".join(problems) if problems else "layering: every include points the right way")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
