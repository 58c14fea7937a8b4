#!/bin/bash
# Becomes libvirtd, which sees the rig's cgroup PARENT as the root: what it makes for guests goes when the rig goes.
set -euo pipefail
parent=$1

join() {
  local cgroup=$1$parent
  mkdir -p "$cgroup/libvirt"
  # Of version 1, a new cgroup has neither processors nor memory, and takes no process before it does.
  for each in "$cgroup" "$cgroup/libvirt"; do
    for setting in cpus mems; do
      [ ! -e "$each/cpuset.$setting" ] || cat "$each/../cpuset.$setting" > "$each/cpuset.$setting"
    done
  done
  echo $$ > "$cgroup/libvirt/cgroup.procs"
}

while read -r _ _ _ _ path _; do
  join "$path"
done < <(grep -E ' - cgroup2? ' /proc/self/mountinfo)

# shellcheck disable=SC2016
exec unshare --cgroup --mount --propagation private bash -c '
  set -e
  grep -E " - cgroup2? " /proc/self/mountinfo | while read -r line; do
    path=$(cut -d " " -f 5 <<< "$line") kind=$(sed "s/.* - \([^ ]*\) .*/\1/" <<< "$line")
    only=$(sed "s/.* //; s/^rw,*//" <<< "$line")
    umount "$path"
    mount -t "$kind" ${only:+-o "$only"} cgroup "$path"
  done
  exec libvirtd
'
