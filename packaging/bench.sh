#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs the peers, builds, and measures everything beside them: build/bench/bench.json, build/bench/bench.md with the
# table for README, and build/bench/curves with what costs grow. Arguments go to `infra-bench all`; with --quick the
# curves are quick as well. The machine should do nothing else meanwhile. Also builds infra-torture, which README names.
set -euo pipefail
cd "$(dirname "$0")/.."

packaging/setup.sh bench
cmake --preset release -DINFRA_BUILD_TESTS=ON >/dev/null
cmake --build --preset release --target infra-bench infra-consolebench infra-torture infra-console infra-demo-service

quick=()
for argument in "$@"; do
    if [ "$argument" = --quick ]; then quick=(--quick); fi
done
bench=build/release/tests/bench/infra-bench
mkdir -p build/bench/curves
status=0
"$bench" all --json build/bench/bench.json --markdown build/bench/bench.md "$@" || status=$?
"$bench" growth "${quick[@]}" --svg build/bench/curves --json build/bench/growth.json || status=$?
echo "The figures are in build/bench/bench.json and growth.json, the table in build/bench/bench.md, the curves in build/bench/curves."
exit $status
