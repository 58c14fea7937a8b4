#!/bin/bash
# Keeps a Debian of its own running as one host: NAME ADDRESS GATEWAY SETUP ROOT, where the content of SETUP goes over
# /etc. Its systemd is the first process; what it writes, over ROOT, goes to memory. A reboot starts it again.
set -euo pipefail
name=$1 address=$2 gateway=$3 setup=$4 lower=$5

namespace=/run/netns/$name
ip -n "$name" link set lo up
ip -n "$name" link set eth0 up
ip -n "$name" addr add "$address/24" dev eth0
ip -n "$name" route add default via "$gateway"

base=/run/lares-rig/hosts/$name
mkdir -p "$base"/{upper,work,root}
mount -t overlay -o "lowerdir=$lower,upperdir=$base/upper,workdir=$base/work" "host-$name" "$base/root"
cp -r "$setup/." "$base/root/etc/"
for user in $RIG_USERS; do
  chroot "$base/root" useradd --create-home --shell /bin/bash --password '*' "$user"
done
chroot "$base/root" usermod --password '*' root

options=(--quiet --directory="$base/root" --machine="$name" --network-namespace-path="$namespace" --register=no --keep-unit
  --resolv-conf=off --timezone=off --console=pipe)
code=133
while [ $code = 133 ]; do
  code=0
  systemd-nspawn "${options[@]}" --boot < /dev/null || code=$?
done
exit $code
