#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds and starts the console on its five demo services; arguments go to the console. Without a display it runs
# the demo offscreen for 20 seconds and writes a picture of every page.
set -euo pipefail
cd "$(dirname "$0")/.."

packaging/setup.sh run
cmake --preset release -DINFRA_BUILD_TESTS=OFF >/dev/null
cmake --build --preset release

console=build/release/app/infra-console
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    exec "$console" --demo "$@"
fi

pictures=$(mktemp -d "${TMPDIR:-/tmp}/infra-console-XXXXXX")
echo "There is no display: the demo runs offscreen for 20 seconds."
QT_QPA_PLATFORM=offscreen "$console" --demo --capture "$pictures" "$@"
echo "A picture of every page is in $pictures:"
ls "$pictures"
