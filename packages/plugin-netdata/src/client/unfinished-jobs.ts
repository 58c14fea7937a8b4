import type { NetdataAgent } from './agent.ts'
import type { Orchestrator } from './formats/collector/job-files.ts'

/** Where a job stands: in the file of its module. */
export interface JobPlace {
  readonly orchestrator: Orchestrator
  readonly module: string
  readonly name: string
}

/**
 * Beside netdata.conf there is a note while the job of a mark changes: all places that it may have. It comes before the first
 * file changes, and goes when what collects has read them all.
 */
export const noteName = (mark: string): string => `.lares-collector.${mark.replaceAll('/', '~')}`

const pathOf = ({ place }: NetdataAgent, mark: string) => `${place.config}/${noteName(mark)}`

export const parseNote = (text: string): JobPlace[] =>
  text.split('\n').flatMap((line) => {
    const [orchestrator, module, name] = line.split(' ')
    return module && name ? [{ orchestrator: orchestrator as Orchestrator, module, name }] : []
  })

export async function writeNote(
  agent: NetdataAgent,
  mark: string,
  places: readonly JobPlace[],
  signal?: AbortSignal,
): Promise<void> {
  const lines = places.map(({ orchestrator, module, name }) => `${orchestrator} ${module} ${name}\n`)
  await agent.host.writeFile(pathOf(agent, mark), lines.join(''), { mode: 0o644, signal })
}

export const endNotes = (agent: NetdataAgent, marks: readonly string[], signal?: AbortSignal) =>
  agent.host.exec(['rm', '-f', ...marks.map((mark) => pathOf(agent, mark))], { signal })
