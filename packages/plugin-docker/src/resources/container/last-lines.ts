import type { Containers } from '../../client/index.ts'

const LINES = 10

/** What a container said last. */
export async function lastLines(containers: Containers, id: string, signal: AbortSignal): Promise<string> {
  let text = ''
  for await (const { data } of containers.logs(id, { tail: LINES, signal })) text += data.toString()
  return text.trimEnd()
}
