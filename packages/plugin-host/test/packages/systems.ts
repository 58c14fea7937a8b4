import type { PackageManager } from '../../src/client/packages.ts'
import { repository as arch } from './arch.ts'
import { archive as deb } from './deb.ts'
import { repository as rpm } from './rpm.ts'

/** A package system as a test finds it, and what people would type at it. */
export interface PackageSystem {
  manager: PackageManager
  number: number
  /** Makes a repository; with the arguments NAME and VERSION, it publishes one package more. */
  repository: string
  /** What is done once after that. */
  prepare: string
  install: string
  remove: string
  upgrade: string
  /** Prints `NAME VERSION` of each hello-* that is installed, sorted. */
  list: string
  /** Prints which of them are held. */
  held: string
  /** Prints how many transactions there were. */
  count: string
  /** Adds a repository that is not there. */
  breakOne: string
  mendIt: string
  /** It has older versions, too, and can keep a package at one. */
  versions: boolean
}

const rpmList = "rpm -qa --qf '%{NAME} %{EVR}\\n' 'hello-*' | sort"
const broken = '[broken]\\nname=broken\\nenabled=1\\nautorefresh=1\\nbaseurl=file:///srv/nothing\\ngpgcheck=0\\n'

/** A database of nothing, and no hooks: this machine's are what most of the time of a transaction goes into. */
const smallDpkg = `rm -rf /etc/apt/apt.conf.d/* /var/lib/dpkg/info/*.list
: > /var/lib/dpkg/status
apt-get -q update`

export const systems: readonly PackageSystem[] = [
  {
    ...{ manager: 'apt', number: 4, repository: deb, versions: true },
    prepare: smallDpkg,
    install: 'apt-get -q -y install',
    remove: 'apt-get -q -y remove',
    upgrade: 'apt-get -q -y --only-upgrade install',
    list: "dpkg-query -W -f '${db:Status-Abbrev}|${Package} ${Version}\\n' 'hello-*' | sed -n 's/^.i [^|]*|//p' | sort",
    held: 'apt-mark showhold',
    count: "grep -c '^Start-Date' /var/log/apt/history.log",
    breakOne: "echo 'deb [trusted=yes] file:/srv/nothing ./' > /etc/apt/sources.list.d/broken.list",
    mendIt: 'rm /etc/apt/sources.list.d/broken.list',
  },
  {
    ...{ manager: 'dnf', number: 5, repository: rpm, prepare: 'dnf -q -y install base', versions: true },
    install: 'dnf -q -y install',
    remove: 'dnf -q -y remove',
    upgrade: 'dnf -q -y upgrade',
    list: rpmList,
    held: 'dnf -q -C versionlock list',
    count: "dnf -q history list | grep -c '^ *[0-9]'",
    breakOne: `printf '${broken}' > /etc/yum.repos.d/broken.repo`,
    mendIt: 'rm /etc/yum.repos.d/broken.repo',
  },
  {
    ...{ manager: 'zypper', number: 6, repository: rpm, versions: true },
    prepare: 'rm /usr/bin/dnf && zypper -q -n install base',
    install: 'zypper -q -n install',
    remove: 'zypper -q -n remove',
    upgrade: 'zypper -q -n update',
    list: rpmList,
    held: 'zypper -q locks',
    count: "grep -c '^[^#|]*|command|' /var/log/zypp/history",
    breakOne: `printf '${broken}' > /etc/zypp/repos.d/broken.repo`,
    mendIt: 'rm /etc/zypp/repos.d/broken.repo',
  },
  {
    ...{ manager: 'pacman', number: 7, repository: arch, prepare: 'pacman -Sy', versions: false },
    install: 'pacman --noconfirm -S',
    remove: 'pacman --noconfirm -R',
    upgrade: 'pacman --noconfirm -S --needed',
    list: 'pacman -Q | grep ^hello- | sort',
    held: ':',
    count: "grep -c 'transaction started' /var/log/pacman.log",
    breakOne: "printf '[broken]\\nServer = file:///srv/nothing\\n' >> /etc/pacman.conf",
    mendIt: "sed -i '/^.broken/,$d' /etc/pacman.conf",
  },
]
