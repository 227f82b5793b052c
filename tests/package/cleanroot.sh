#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs the Debian packages into a fresh Debian 12 root, uses them there as install.py does, removes them, and
# checks that nothing of them stays. As root: cleanroot.sh PACKAGES_DIR ROOT; makes ROOT with debootstrap unless it is
# there.
set -euo pipefail
packages=$(realpath "$1")
root=$2
here=$(dirname "$(realpath "$0")")

[ -d "$root/etc" ] || debootstrap --variant=minbase bookworm "$root" http://deb.debian.org/debian
mkdir -p "$root/packages"
cp "$packages"/*.deb "$root/packages/"
cp -r "$here" "$root/packages/tests"
mounted=()
leave() {
    for directory in "${mounted[@]}"; do umount "$root/$directory"; done
}
trap leave EXIT
for directory in proc dev dev/pts dev/shm; do
    mount --bind "/$directory" "$root/$directory"
    mounted=("$directory" "${mounted[@]}")
done
cp /etc/resolv.conf "$root/etc/"

inside() { env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"; }
ours() { inside find / -xdev -iname '*infra*' -not -path '/packages/*' -not -path '/proc/*' | sort; }

inside apt-get update -q
inside apt-get install -qy --no-install-recommends cmake ninja-build g++ pkg-config python3 qt6-httpserver-dev \
    qt6-websockets-dev fonts-dejavu-core
before=$(ours)
inside bash -c 'apt-get install -qy --no-install-recommends /packages/*.deb'
inside python3 /packages/tests/install.py /nowhere /nowhere --prefix /usr
inside apt-get purge -qy $(for package in "$packages"/*.deb; do dpkg-deb --field "$package" Package; done)
after=$(ours | grep -v '^/root/' || true)
if [ "$before" != "$after" ]; then
    echo "the packages left behind:"
    diff <(echo "$before") <(echo "$after")
    exit 1
fi
echo "installed, used and removed without a trace"
