/** A lab as a picture shows it. */
export interface Drawing {
  name: string
  nodes: DrawnNode[]
}

export interface DrawnNode {
  address: string
  type: string
  /** The node whose box it stands in. */
  on: string | undefined
  /** What must be there before it, besides that. */
  needs: string[]
}

interface Format {
  node(node: DrawnNode): string
  open(node: DrawnNode): string
  close: string
}

/** Graphviz: hosts are boxes around what is on them. */
export function toDot({ name, nodes }: Drawing): string {
  const quote = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`
  const body = boxes(nodes, {
    node: ({ address, type }) => `${quote(address)} [label="${address}\\n${type}"]`,
    open: ({ address }) => `subgraph ${quote(`cluster_${address}`)} {`,
    close: '}',
  })
  const arrows = nodes.flatMap(({ address, needs }) => needs.map((other) => `${quote(address)} -> ${quote(other)}`))
  const lines = ['rankdir=LR', 'node [shape=box, style=rounded, fontname=sans]', ...body, ...arrows]
  return `digraph ${quote(name)} {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`
}

/** Mermaid, as GitHub and GitLab draw it in Markdown. */
export function toMermaid({ nodes }: Drawing): string {
  const ids = new Map(nodes.map(({ address }, i) => [address, `n${i}`]))
  const body = boxes(nodes, {
    node: ({ address, type }) => `${ids.get(address)}["${address}<br/>${type}"]`,
    open: ({ address }) => `subgraph ${ids.get(address)}_box["${address}"]`,
    close: 'end',
  })
  const arrows = nodes.flatMap(({ address, needs }) =>
    needs.map((other) => `${ids.get(address)} --> ${ids.get(other)}`),
  )
  return `flowchart LR\n${[...body, ...arrows].map((line) => `  ${line}\n`).join('')}`
}

/** Every node once, inside the box of what it is on; a host stands first in its own box. */
function boxes(nodes: readonly DrawnNode[], format: Format): string[] {
  const contents = new Map<string | undefined, DrawnNode[]>()
  for (const node of nodes) contents.set(node.on, [...(contents.get(node.on) ?? []), node])
  const draw = (node: DrawnNode): string[] => {
    const inner = contents.get(node.address)
    if (!inner) return [format.node(node)]
    return [format.open(node), ...[format.node(node), ...inner.flatMap(draw)].map((line) => `  ${line}`), format.close]
  }
  return (contents.get(undefined) ?? []).flatMap(draw)
}
