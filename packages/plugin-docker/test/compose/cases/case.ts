/** Compose files that Docker Compose and Lares have to read alike. */
export type Case = {
  name: string
  /** By file name. Those called `compose.yaml` and `override….yaml` are given to both, in this order. */
  files: Record<string, string>
  profiles?: string[]
  projectName?: string
  environment?: Record<string, string>
  /** Paths at which Lares means to differ from Compose 2.26.1, each with its reason. */
  differs?: Record<string, string>
}

/** A case of one file, and others beside it. */
export const compose = (name: string, text: string, more: Record<string, string> = {}): Case => ({
  name,
  files: { 'compose.yaml': text, ...more },
})

/** A case of a file and another over it. */
export const override = (name: string, text: string, over: string, more: Record<string, string> = {}): Case =>
  compose(name, text, { 'override.yaml': over, ...more })

/** A case for each of many values of one attribute of a service. */
export const attribute = (attributeName: string, values: readonly string[]): Case[] =>
  values.map((value) =>
    compose(`${attributeName}: ${value}`, `services: { web: { image: i, ${attributeName}: ${value} } }`),
  )
