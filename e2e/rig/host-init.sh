#!/bin/bash
# The first process of one host: NAME ADDRESS GATEWAY SETUP, where SETUP is a folder whose content goes over /etc.
# The host sees the machine's programs through an overlay and writes to memory only. An empty GATEWAY says that it has
# no network of its own, but the rig's, and the rig's libvirtd with it.
set -euo pipefail
name=$1 address=$2 gateway=$3 setup=$4

hostname "$name"
shared=()
if [ -n "$gateway" ]; then
  ip link set lo up
  ip link set eth0 up
  ip addr add "$address/24" dev eth0
  ip route add default via "$gateway"
else
  shared=(run/libvirt run/lares-rig/images var/lib/libvirt var/cache/libvirt var/log/libvirt)
fi

base=/run/lares-rig/hosts/$name
mkdir -p "$base"
mount -t tmpfs -o mode=755 "host-$name" "$base"
mkdir "$base"/{upper,work,root}
mount -t overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "host-$name" "$base/root"
cd "$base/root"
rm -rf etc/docker
cp -r "$setup/." etc/
mount --rbind /dev dev
mount --rbind /sys sys
mount -t proc proc proc
mount -t tmpfs -o mode=755 run run
mount -t tmpfs -o mode=1777 tmp tmp
mount -t tmpfs -o mode=700 root root
mount -t tmpfs -o mode=755 home home
mkdir -p run/lock run/sshd var/lib/docker mnt
mount -t tmpfs -o mode=710 docker var/lib/docker
mount -t tmpfs -o mode=755 mnt mnt
for folder in "${shared[@]}"; do
  mkdir -p "$folder"
  mount --bind "/$folder" "$folder"
done
mkdir mnt/machine
pivot_root . mnt/machine
cd /
umount -l /mnt/machine
umount /mnt

for user in $RIG_USERS; do
  id -u "$user" > /dev/null 2>&1 || useradd --create-home --shell /bin/bash --password '*' "$user"
done
usermod --password '*' root
getent group docker > /dev/null || groupadd --system docker
usermod --append --groups docker ops

if [ -f /etc/docker/daemon.json ]; then
  dockerd > /var/log/dockerd.log 2>&1 &
fi
"$(command -v sshd)" -D -E /var/log/sshd.log &
sleep infinity &
wait $!
