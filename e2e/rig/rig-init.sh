#!/bin/bash
# The first process of the rig's namespaces: gives them their own /run and /etc, a bridge for the hosts, then runs "$@".
# It stays to reap orphans; when it ends, the kernel ends everything else in here.
set -euo pipefail

hostname rig
mount -t tmpfs -o mode=755 run /run
mkdir -p /run/lock /run/sshd /run/libvirt /run/lares-rig/{home,tmp,hosts,etc,etc-work}
chmod 1777 /run/lock /run/lares-rig/tmp
mount -t overlay -o lowerdir=/etc,upperdir=/run/lares-rig/etc,workdir=/run/lares-rig/etc-work etc /etc
rm -rf /etc/docker

for folder in lib cache log; do
  mkdir -p "/var/$folder/libvirt"
  mount -t tmpfs -o mode=711 libvirt "/var/$folder/libvirt"
done
mkdir -p /var/lib/libvirt/{qemu,images,dnsmasq,boot} /var/cache/libvirt/qemu /var/log/libvirt/qemu
chown libvirt-qemu:libvirt-qemu /var/lib/libvirt/qemu
# A guest on the machine's KVM may hang inside of a virtual machine; software emulation behaves alike everywhere.
if [ -e /dev/kvm ]; then
  touch /run/no-kvm
  chmod 000 /run/no-kvm
  mount --bind /run/no-kvm /dev/kvm
fi

ip link set lo up
ip link add rigbr0 type bridge
ip addr add "$RIG_GATEWAY/24" dev rigbr0
ip link set rigbr0 up
# Docker sets FORWARD to DROP and br_netfilter hands bridged frames to it.
iptables -I FORWARD -i rigbr0 -o rigbr0 -j ACCEPT

set +e
"$@"
exit $?
