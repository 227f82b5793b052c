#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds everything and runs every test; arguments go to ctest (for example -R cache). Databases and servers that
# the tests need are started by the tests themselves, privately, on loopback.
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${INFRA_PRESET:-dev}
packaging/setup.sh test
cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset"
ctest --preset "$preset" "$@"
