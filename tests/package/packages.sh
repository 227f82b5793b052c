#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the Debian packages, has them checked by lintian and what they install by the desktop's validators, unpacks them
# into a prefix of their own, and uses them there as install.py does. cleanroot.sh installs and removes them for real.
set -euo pipefail
cd "$(dirname "$0")/../.."

packaging/package.sh
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
lintian --fail-on error --suppress-tags initial-upload-closes-no-bugs build/packages/*.deb
for package in build/packages/*.deb; do
    dpkg-deb -x "$package" "$root"
done
outside=$(find "$root" -mindepth 1 -maxdepth 1 -not -name usr)
if [ -n "$outside" ]; then
    echo "the packages install outside of /usr: $outside" >&2
    exit 1
fi
# Debian's policy, 8.1: a library's package is named after its SONAME.
for library in $(find "$root/usr/lib" -name 'libinfra*.so.*' -type f); do
    soname=$(objdump -p "$library" | sed -n 's/^ *SONAME *//p')
    if ! ls build/packages/"${soname/.so./}"_*.deb >/dev/null; then
        echo "no package is named after $soname" >&2
        exit 1
    fi
done
desktop-file-validate "$root"/usr/share/applications/*.desktop
appstreamcli validate --no-net "$root"/usr/share/metainfo/*.xml
# What is made for /usr finds its libraries there without help.
libraries=$(dirname "$(find "$root/usr/lib" -name libinfra.so)")
LD_LIBRARY_PATH=$libraries python3 tests/package/install.py build/release . --prefix "$root/usr"
