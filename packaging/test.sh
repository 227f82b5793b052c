#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds everything and runs every test; arguments go to ctest (for example -R cache). Databases and servers that
# the tests need are started by the tests themselves, privately, on loopback.
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${INFRA_PRESET:-dev}
packaging/setup.sh test
# Said although they are the defaults: run.sh, package.sh and .ci/run leave others in the cache of a preset's build.
cmake --preset "$preset" -DINFRA_BUILD_TESTS=ON -DINFRA_BUILD_APP=ON -DCMAKE_INSTALL_PREFIX=/usr/local >/dev/null
cmake --build --preset "$preset"
ctest --preset "$preset" "$@"
