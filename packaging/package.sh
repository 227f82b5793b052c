#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the Debian packages into build/packages.
set -euo pipefail
cd "$(dirname "$0")/.."

packaging/setup.sh run package
cmake --preset release -DINFRA_BUILD_TESTS=OFF -DCMAKE_INSTALL_PREFIX=/usr >/dev/null
cmake --build --preset release
rm -rf build/packages
cpack --config build/release/CPackConfig.cmake -B build/packages >build/release/cpack.log 2>&1 || {
    cat build/release/cpack.log
    exit 1
}
ls build/packages/*.deb
