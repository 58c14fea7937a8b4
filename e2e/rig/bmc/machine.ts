import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** The machine under a simulated BMC: files of a folder, or a libvirt domain. */
export interface Machine {
  /** Whether it is on, where it is no domain. */
  isOn(): Promise<boolean>
  switch(on: boolean): Promise<void>
  /** `stuck`: its power never changes. `heedless`: it does not shut down when it is asked to. */
  mark(name: 'stuck' | 'heedless', on: boolean): Promise<void>
  /** What it was told, without the times: `set power 1`. */
  told(): Promise<string[]>
}

export interface RigMachine extends Machine {
  /** What a BMC runs, with words such as `get power`. */
  readonly program: string
  tell(...words: readonly string[]): Promise<string>
}

const chassis = fileURLToPath(new URL('chassis.sh', import.meta.url))
const run = promisify(execFile)

/** A machine that is off, unless it is a domain. `chassis.log` in the folder has a line with the time for all that it is told. */
export async function machineIn(folder: string, domain: string | undefined): Promise<RigMachine> {
  const at = (name: string) => join(folder, name)
  await writeFile(at('power'), '0\n')
  if (domain !== undefined) await writeFile(at('domain'), domain)
  return {
    program: `${chassis} ${folder}`,
    tell: async (...words) => (await run(chassis, [folder, ...words])).stdout.trim(),
    isOn: async () => (await readFile(at('power'), 'utf8')).trim() === '1',
    switch: (on) => writeFile(at('power'), on ? '1\n' : '0\n'),
    mark: async (name, on) => await (on ? writeFile(at(name), '') : rm(at(name), { force: true })),
    async told() {
      const log = await readFile(at('chassis.log'), 'utf8').catch(() => '')
      return log.split('\n').flatMap((line) => line.match(/^\S+ (set .*)$/)?.[1] ?? [])
    },
  }
}
