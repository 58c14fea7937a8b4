/** The project as Compose reads it, in a format that both versions know. */
export function composeProject(count: number, image: string, version: string): string {
  const one = (i: number) => ({
    image,
    network_mode: 'bridge',
    environment: { VERSION: i === 0 ? version : '1' },
  })
  const services = Object.fromEntries(Array.from({ length: count }, (_, i) => [`c${i}`, one(i)]))
  return JSON.stringify({ version: '2.4', services })
}
