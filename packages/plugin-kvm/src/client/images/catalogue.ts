import { didYouMean } from '@lares/core'
import { ImageError } from './error.ts'

/** Where a well-known cloud image is, and the file with its checksum. */
export interface CatalogueEntry {
  url: string
  checksums: string
}

export type Architecture = 'x86_64' | 'aarch64'

const debian = (codename: string, release: string) => (arch: Architecture) => {
  const base = `https://cloud.debian.org/images/cloud/${codename}/latest`
  const machine = arch === 'x86_64' ? 'amd64' : 'arm64'
  return { url: `${base}/debian-${release}-genericcloud-${machine}.qcow2`, checksums: `${base}/SHA512SUMS` }
}

const ubuntu = (release: string) => (arch: Architecture) => {
  const base = `https://cloud-images.ubuntu.com/releases/${release}/release`
  const machine = arch === 'x86_64' ? 'amd64' : 'arm64'
  return { url: `${base}/ubuntu-${release}-server-cloudimg-${machine}.img`, checksums: `${base}/SHA256SUMS` }
}

const rocky = (release: string) => (arch: Architecture) => {
  const base = `https://dl.rockylinux.org/pub/rocky/${release}/images/${arch}`
  const url = `${base}/Rocky-${release}-GenericCloud-Base.latest.${arch}.qcow2`
  return { url, checksums: `${url}.CHECKSUM` }
}

const almalinux = (release: string) => (arch: Architecture) => {
  const base = `https://repo.almalinux.org/almalinux/${release}/cloud/${arch}/images`
  return { url: `${base}/AlmaLinux-${release}-GenericCloud-latest.${arch}.qcow2`, checksums: `${base}/CHECKSUM` }
}

const fedora = (release: string, compose: string) => (arch: Architecture) => {
  const base = `https://download.fedoraproject.org/pub/fedora/linux/releases/${release}/Cloud/${arch}/images`
  return {
    url: `${base}/Fedora-Cloud-Base-Generic-${release}-${compose}.${arch}.qcow2`,
    checksums: `${base}/Fedora-Cloud-${release}-${compose}-${arch}-CHECKSUM`,
  }
}

const alpine = (release: string, point: string) => (arch: Architecture) => {
  const base = `https://dl-cdn.alpinelinux.org/alpine/v${release}/releases/cloud`
  const firmware = arch === 'x86_64' ? 'bios' : 'uefi'
  const url = `${base}/nocloud_alpine-${release}.${point}-${arch}-${firmware}-cloudinit-r0.qcow2`
  return { url, checksums: `${url}.sha512` }
}

/**
 * Well-known cloud images by name and release. The addresses are those that the distributions publish; they were not
 * tried where this was written, which has no internet. What they give is checked against the checksum file.
 */
const catalogue: Readonly<Record<string, (arch: Architecture) => CatalogueEntry>> = {
  'debian:12': debian('bookworm', '12'),
  'debian:13': debian('trixie', '13'),
  'ubuntu:22.04': ubuntu('22.04'),
  'ubuntu:24.04': ubuntu('24.04'),
  'rocky:8': rocky('8'),
  'rocky:9': rocky('9'),
  'rocky:10': rocky('10'),
  'almalinux:8': almalinux('8'),
  'almalinux:9': almalinux('9'),
  'almalinux:10': almalinux('10'),
  'fedora:42': fedora('42', '1.1'),
  'fedora:43': fedora('43', '1.6'),
  'alpine:3.21': alpine('3.21', '2'),
  'alpine:3.22': alpine('3.22', '1'),
  'alpine:3.23': alpine('3.23', '4'),
}

/** The names that can be asked for. */
export const catalogueNames: readonly string[] = Object.keys(catalogue)

/** What is wrong with a name that is in no catalogue, and what it may have been meant to be. */
export function unknownImage(name: string): ImageError {
  const known = `Known are: ${catalogueNames.join(', ')}.`
  return new ImageError('unknown_image', `There is no image "${name}" in the catalogue`, {
    advice: [didYouMean(name, catalogueNames)?.advice ?? known, 'Any other one is given by { url, sha256 }.'].join(' '),
  })
}

/** A well-known image by name: `debian:12`. Rejects names that are not known with `unknown_image`. */
export function catalogued(name: string, arch: Architecture = 'x86_64'): CatalogueEntry {
  const entry = catalogue[name]
  if (!entry) throw unknownImage(name)
  return entry(arch)
}
