#!/bin/sh
# What a simulated BMC has its machine do: `FOLDER get power boot`, `FOLDER set power 1`. The state of the machine is files of
# the folder, or a libvirt domain when the file `domain` names one. With the file `stuck` its power never changes.
folder=$1 what=$2
shift 2
echo "$(date +%s.%N) $what $*" >> "$folder/chassis.log"
domain=$(cat "$folder/domain" 2> /dev/null)
virsh() { command virsh --quiet --connect qemu:///system "$@" >> "$folder/virsh.log" 2>&1; }

is_on() {
  if [ -n "$domain" ]; then [ "$(command virsh --quiet --connect qemu:///system domstate "$domain")" = running ]
  else [ "$(cat "$folder/power" 2> /dev/null)" = 1 ]; fi
}
set_power() {
  [ -e "$folder/stuck" ] && return
  if [ -z "$domain" ]; then echo "$1" > "$folder/power"
  elif [ "$1" = 1 ]; then virsh start "$domain"
  else virsh destroy "$domain"; fi
}
# A machine that heeds its power button shuts down; the file `heedless` makes it one that does not.
shut_down() {
  [ -e "$folder/heedless" ] && return
  if [ -n "$domain" ]; then virsh shutdown --mode acpi "$domain"; else set_power 0; fi
}

case $what in
  get)
    for name; do
      case $name in
        power) if is_on; then echo power:1; else echo power:0; fi ;;
        boot) echo "boot:$(cat "$folder/boot" 2> /dev/null || echo default)" ;;
        *) echo "no $name" >&2; exit 1 ;;
      esac
    done ;;
  set)
    while [ $# -gt 1 ]; do
      case $1 in
        power) set_power "$2" ;;
        reset) [ -n "$domain" ] && virsh reset "$domain" ;;
        shutdown) shut_down ;;
        boot) echo "$2" > "$folder/boot" ;;
        identify) ;;
        *) echo "no $1" >&2; exit 1 ;;
      esac
      shift 2
    done ;;
  check) ;;
  *) exit 1 ;;
esac
exit 0
