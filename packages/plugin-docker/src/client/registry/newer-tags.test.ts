import { describe, expect, it } from 'vitest'
import { newerTags } from './newer-tags.ts'

/** What registries list, shortened: names that follow fashions of many years. */
const lists = {
  mariadb: `latest lts focal jammy noble ubi9 verylatest 10 10.6 10.11 11 11.4 11.4-ubi9 10.11-jammy 11.4-noble 10.6.18 10.11.5 10.11.6
    10.11.6-jammy 10.11.7 10.11.8-jammy 10.11.9 10.11.9-jammy 11.0.2 11.1.5 11.2.3 11.3.2 11.4.1-rc 11.4.2 11.4.2-noble 11.4.2-ubi9
    11.5.1-rc 11.6.0-preview 11-rc 11.5-ubi9-rc`,
  postgres: `latest alpine bookworm bullseye 15 15-bookworm 15-bullseye 15-alpine 15-alpine3.19 15.6 15.6-bookworm 15.7-bookworm 15.7-alpine3.19
    15.7-alpine3.20 16 16-bookworm 16.2 16.3 16.3-bookworm 16.3-alpine3.20 17beta1 17beta1-bookworm 17beta2 17rc1 17rc1-bookworm 9 9.6 9.6.24`,
  nextcloud: `latest stable production apache fpm fpm-alpine 28 28-fpm-alpine 28.0.5-fpm-alpine 28.0.6-fpm-alpine 29-apache 29.0.0 29.0.0-apache
    29.0.0-fpm-alpine 29.0.1 29.0.1-fpm 29.0.1-fpm-alpine 30.0.0rc1 30.0.0-rc2-fpm-alpine 30.0.0beta3`,
  linuxserverPlex: `latest bionic focal arm64v8-latest amd64-latest 1.40.1 1.40.2 1.40.2.8395-c67dce28e-ls213 1.40.3.8555-fef15d30c-ls218
    1.40.4.8679-424562606-ls219 1.40.4.8679-424562606-ls220 version-1.40.3.8555-fef15d30c version-1.40.4.8679-424562606
    amd64-1.41.0.8992-8463ad060-ls233 1.41.0.8992-8463ad060-ls233 1.41.0.8992-8463ad060-ls234 2021.12.14 5.1.2-r0-ls200 9f1c2aaa-ls5`,
  immich: `release latest main pr-9876 pr-12345 commit-4852651e1f3d v1.105.1 v1.106.4 v1.106.4-cuda v1.107.0-cuda v1.107.0 v1.107.0-rc.1
    v2.0.0-rc.3 v2 v1 sha-1234567`,
  vectorPostgres: `pg14-v0.2.0 pg14-v0.2.1 pg14-v0.3.0 pg15-v0.2.1 pg16-v0.3.0 16-vectorchord0.3.0 pg14-latest pg14-v0.3.0-alpha.1`,
  minecraft: `latest stable java8 java8-multiarch java17 java17-alpine java21 java21-alpine java25 2024.3.0 2024.3.0-java17 2024.3.1-java17
    2024.4.0 2024.4.0-java17 2024.4.0-java21 2024.4.0-java21-alpine 2025.1.0 2025.1.0-java21 1.4.7 test-2056 multiarch-latest 4852651`,
  nginx: `latest stable mainline 1 1-alpine 1.26 1.26-alpine 1.27 1.27-alpine 1.26.1 1.27.0 1.27.0-alpine 1.27.0-alpine3.19 1.27.1-alpine
    1.27.1-alpine3.19 1.27.1-alpine3.20 1.27.2-alpine3.20 1.27.3-alpine3.20 1.27.3-alpine3.21 1.27.3-alpine-slim 1.27.3-bookworm 1.27.3 1-perl stable-alpine3.20`,
  traefik: `latest v2 v2.10 v2.10.7 v2.11 v2.11.2 v2.11.3 v2.11.2-windowsservercore-1809 v3.0.0-beta5 v3.0.0-rc5 v3.0.0 v3.0.1 v3.0 v3 v3.1.0-rc1
    maroilles saintmarcelin 1.7.34 1.7`,
  redis: `latest alpine 7 7-alpine 7.0.15 7.2 7.2-alpine 7.2.4 7.2.4-alpine 7.2.4-alpine3.19 7.2.5 7.2.5-alpine3.20 7.4-rc1 7.4-rc2 7.4-rc2-alpine
    6.2.14 8.0-M01 32bit 7.2.4-bookworm 20240101`,
  grafana: `latest main main-ubuntu latest-ubuntu 10.4.2 10.4.3 10.4.3-ubuntu 11.0.0 11.0.0-preview 11.0.0-ubuntu 11.1.0-70903 11.0.1-security-01
    10.4.2-security-01 9.5.18 9.5.18-ubuntu nightly 11.1.0-71005`,
  homeAssistant: `latest stable beta dev rc 0.117.6 0.118.5 2024.4.4 2024.5.2 2024.5.3 2024.6.0b1 2024.6.0b2 2024.6 2024.12.5 2025.1.0 2025.1.0.dev20241230 2024.5.3.1`,
  minio: `latest edge RELEASE.2023-12-23T07-19-11Z RELEASE.2024-01-16T16-07-38Z RELEASE.2024-05-10T01-41-38Z RELEASE.2024-05-10T01-41-38Z.fips
    RELEASE.2024-05-10T01-41-38Z-cpuv1 v1.0.0 20240510`,
  nightlies: `20240101 20240214 20231224 20241399 15 16 2 1.2 1.3 1.20240101 1.4-20240101 1.4-20240301 9 10 99 100 deadbee 4852e51 1234567 1.4-20240301-slim`,
  temurin: `21-jre 21.0.3_9-jre 21.0.3_9-jre-alpine 21.0.4_7-jre 8u392-b08-jre 8u402-b06-jre 22.0.1_8-jre 22_36-jre`,
  bitnami: `11.4.2-debian-12-r0 11.4.2-debian-12-r3 11.4.2-debian-11-r9 11.5.2-debian-12-r1 10.11.9-debian-12-r2 11.4 11.4.2 11.4.3-debian-12`,
} as const

const cases: [list: keyof typeof lists, current: string, newer: string][] = [
  ['mariadb', '10.11.6', '10.11.9 patch, 11.4.2 major'],
  ['mariadb', '10.11.6-jammy', '10.11.9-jammy patch'],
  ['mariadb', '10.11', '11.4 major'],
  ['mariadb', '10', '11 major'],
  ['mariadb', '11.3.2', '11.4.2 minor'],
  ['mariadb', '11.4.1-rc', '11.4.2 patch, 11.6.0-preview minor'],
  ['mariadb', '11.4-ubi9', ''],
  ['mariadb', '11.4.2', ''],
  ['mariadb', 'lts', ''],
  ['postgres', '15-bookworm', '16-bookworm major'],
  ['postgres', '15.6-bookworm', '15.7-bookworm minor, 16.3-bookworm major'],
  ['postgres', '15.7-alpine3.19', '16.3-alpine3.20 major'],
  ['postgres', '16', ''],
  ['postgres', '17beta1', '17rc1 patch'],
  ['postgres', '9.6.24', ''],
  ['postgres', 'alpine', ''],
  ['nextcloud', '28.0.5-fpm-alpine', '28.0.6-fpm-alpine patch, 29.0.1-fpm-alpine major'],
  ['nextcloud', '29.0.0', '29.0.1 patch'],
  ['nextcloud', '30.0.0beta3', '30.0.0rc1 patch'],
  ['nextcloud', '28', ''],
  [
    'linuxserverPlex',
    '1.40.4.8679-424562606-ls219',
    '1.40.4.8679-424562606-ls220 patch, 1.41.0.8992-8463ad060-ls234 minor',
  ],
  [
    'linuxserverPlex',
    '1.40.2.8395-c67dce28e-ls213',
    '1.40.4.8679-424562606-ls220 patch, 1.41.0.8992-8463ad060-ls234 minor',
  ],
  ['linuxserverPlex', 'version-1.40.3.8555-fef15d30c', 'version-1.40.4.8679-424562606 patch'],
  ['linuxserverPlex', '1.40.1', '1.40.2 patch'],
  ['linuxserverPlex', '2021.12.14', ''],
  ['immich', 'v1.105.1', 'v1.107.0 minor'],
  ['immich', 'v1.106.4-cuda', 'v1.107.0-cuda minor'],
  ['immich', 'v1', 'v2 major'],
  ['immich', 'release', ''],
  ['immich', 'pr-9876', ''],
  ['immich', 'sha-1234567', ''],
  ['vectorPostgres', 'pg14-v0.2.0', 'pg14-v0.2.1 patch, pg14-v0.3.0 minor'],
  ['minecraft', '2024.3.0-java17', '2024.3.1-java17 patch, 2024.4.0-java17 minor'],
  ['minecraft', '2024.4.0-java21', '2025.1.0-java21 major'],
  ['minecraft', '2024.3.0', '2024.4.0 minor, 2025.1.0 major'],
  ['minecraft', '1.4.7', ''],
  ['minecraft', 'java17', ''],
  ['nginx', '1.27.0-alpine3.19', '1.27.3-alpine3.21 patch'],
  ['nginx', '1.27.1-alpine3.20', '1.27.3-alpine3.20 patch'],
  ['nginx', '1.27.3-alpine3.20', ''],
  ['nginx', '1.27.0-alpine', '1.27.1-alpine patch'],
  ['nginx', '1.26', '1.27 minor'],
  ['nginx', '1.26.1', '1.27.3 minor'],
  ['nginx', '1-alpine', ''],
  ['nginx', 'stable-alpine3.20', ''],
  ['traefik', 'v2.10.7', 'v2.11.3 minor, v3.0.1 major'],
  ['traefik', 'v2.11', 'v3.0 major'],
  ['traefik', 'v3.0.0-beta5', 'v3.0.1 patch, v3.1.0-rc1 minor'],
  ['traefik', '1.7.34', ''],
  ['redis', '7.2.4-alpine3.19', '7.2.5-alpine3.20 patch'],
  ['redis', '7.0.15', '7.2.5 minor'],
  ['redis', '7.4-rc1', '7.4-rc2 patch, 8.0-M01 major'],
  ['redis', '7', ''],
  ['grafana', '10.4.2', '10.4.3 patch, 11.0.0 major'],
  ['grafana', '9.5.18-ubuntu', '11.0.0-ubuntu major'],
  ['grafana', '10.4.2-security-01', '11.0.1-security-01 major'],
  ['homeAssistant', '2024.5.2', '2024.5.3 patch, 2024.12.5 minor, 2025.1.0 major'],
  ['homeAssistant', '0.117.6', '0.118.5 minor'],
  ['homeAssistant', '2024.6.0b1', '2024.6.0b2 patch, 2024.12.5 minor, 2025.1.0 major'],
  ['minio', 'RELEASE.2023-12-23T07-19-11Z', 'RELEASE.2024-05-10T01-41-38Z major'],
  ['nightlies', '20240101', '20240214 major'],
  ['nightlies', '15', '100 major'],
  ['nightlies', '1.2', '1.3 minor'],
  ['nightlies', '1.4-20240101', '1.4-20240301 patch'],
  ['nightlies', '4852e51', ''],
  ['nightlies', '1234567', ''],
  ['temurin', '21.0.3_9-jre', '21.0.4_7-jre patch, 22.0.1_8-jre major'],
  ['bitnami', '11.4.2-debian-12-r0', '11.4.2-debian-12-r3 patch, 11.5.2-debian-12-r1 minor'],
]

describe('newer tags', () => {
  it.each(cases)('%s:%s', (list, current, newer) => {
    const found = newerTags(current, lists[list].split(/\s+/))
    expect(found.map(({ tag, step }) => `${tag} ${step}`).join(', ')).toBe(newer)
  })

  it('the order of the list does not matter', () => {
    for (const [list, current] of cases) {
      const tags = lists[list].split(/\s+/)
      expect(newerTags(current, tags.toReversed())).toEqual(newerTags(current, tags))
    }
  })

  it('what is found has nothing newer of the same step, and never leads back', () => {
    for (const [list, current] of cases) {
      const tags = lists[list].split(/\s+/)
      for (const { tag } of newerTags(current, tags)) {
        const next = newerTags(tag, tags).map((one) => one.tag)
        expect(next).not.toContain(current)
        expect(next).not.toContain(tag)
      }
    }
  })
})
