#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs the Debian 12 packages that a task needs: setup.sh [run|test|bench|package]...
# Does nothing when they are there. Without root it uses sudo; without either it prints the one line to run.
set -euo pipefail

# What the console and the library need to be built and started.
run_packages=(
    g++ cmake ninja-build pkg-config
    qt6-base-dev qt6-charts-dev libqt6opengl6-dev qt6-svg-dev libqt6svg6
    qt6-httpserver-dev qt6-websockets-dev qt6-tools-dev qt6-tools-dev-tools qt6-l10n-tools
    libqt6sql6-sqlite libqt6sql6-psql qt6-translations-l10n
    libexpected-dev libxxhash-dev zlib1g-dev fonts-dejavu-core
)
# What the tests start or link besides.
test_packages=(
    git postgresql redis-server nginx prometheus openssl
    librapidcheck-dev libsqlite3-dev xvfb xauth python3 doxygen clang-16 libclang-rt-16-dev
)
# The peers that infra-bench measures in the same run.
bench_packages=(
    libbenchmark-dev default-jdk-headless libcaffeine-java libhikaricp-java memcached libmemcached-tools
    python3-sqlalchemy python3-diskcache python3-httpx python3-redis libhiredis-dev libcurl4-openssl-dev
)
# What builds and checks the Debian packages, and the form of the sources.
package_packages=(
    dpkg-dev file lintian appstream desktop-file-utils clang-format clang-tidy gcovr
)

wanted=()
for group in "${@:-run}"; do
    case "$group" in
        run) wanted+=("${run_packages[@]}") ;;
        test) wanted+=("${run_packages[@]}" "${test_packages[@]}") ;;
        bench) wanted+=("${run_packages[@]}" "${test_packages[@]}" "${bench_packages[@]}") ;;
        package) wanted+=("${run_packages[@]}" "${package_packages[@]}") ;;
        *) echo "setup.sh: there is no group '$group'; choose from run, test, bench, package" >&2; exit 2 ;;
    esac
done

# A package may be there for other architectures too; that of this machine, or one for all, counts.
native=$(dpkg --print-architecture 2>/dev/null || true)
missing=()
for package in "${wanted[@]}"; do
    states=$(dpkg-query -W -f '${Architecture} ${db:Status-Status}\n' "$package" 2>/dev/null || true)
    grep -Eqx "(all|$native) installed" <<<"$states" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
    exit 0
fi

command=(apt-get install -y --no-install-recommends "${missing[@]}")
if [ "$(id -u)" -eq 0 ]; then
    elevate=(env)
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    elevate=(sudo env)
else
    echo "Some packages are missing. Run this line as root, then start again:" >&2
    echo "apt-get update && ${command[*]}" >&2
    exit 1
fi
echo "Installing ${#missing[@]} packages: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# A fresh machine has no package lists; an old one may name versions that are gone.
if ! { "${elevate[@]}" apt-get update && "${elevate[@]}" DEBIAN_FRONTEND=noninteractive "${command[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "The packages could not be installed; the lines above are the package manager's." >&2
    exit 1
fi
