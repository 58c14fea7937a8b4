#!/bin/bash
# Becomes a command that runs in a cgroup of its own, in every hierarchy: CGROUP COMMAND...
set -euo pipefail
cgroup=$1
shift

join() {
  local folder=$1 part
  for part in ${cgroup//\// }; do
    folder=$folder/$part
    mkdir -p "$folder"
    # Of version 1, a new cgroup has neither processors nor memory, and takes no process before it does.
    for setting in cpus mems; do
      [ ! -e "$folder/cpuset.$setting" ] || cat "$folder/../cpuset.$setting" > "$folder/cpuset.$setting"
    done
  done
  echo $$ > "$folder/cgroup.procs"
}

while read -r _ _ _ _ path _; do
  join "$path"
done < <(grep -E ' - cgroup2? ' /proc/self/mountinfo)
exec "$@"
