/** Whether a row of a list of Access is asked for: `name` is the whole name, `search` a part of it in any case. */
export function isNamed({ name }: { name: string }, query: URLSearchParams): boolean {
  const search = query.get('search')?.toLowerCase() ?? ''
  return (query.get('name') ?? name) === name && name.toLowerCase().includes(search)
}
