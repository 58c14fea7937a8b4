import { styleText } from 'node:util'

type Format = Parameters<typeof styleText>[0]

const formats = {
  strong: 'bold',
  faint: 'dim',
  heading: ['bold', 'underline'],
  create: 'green',
  change: 'yellow',
  destroy: 'red',
  keep: 'cyan',
  error: ['bold', 'red'],
  warning: ['bold', 'yellow'],
  good: 'green',
} satisfies Record<string, Format>

/** What a piece of text means; each gives the text as the stream can show it. */
export type Style = { readonly [K in keyof typeof formats]: (text: string) => string }

const make = (paint: (name: keyof typeof formats, text: string) => string): Style =>
  Object.fromEntries(
    Object.keys(formats).map((name) => [name, (text: string) => paint(name as keyof typeof formats, text)]),
  ) as Style

export const plainStyle: Style = make((_, text) => text)
export const colourStyle: Style = make((name, text) =>
  text === '' ? '' : styleText(formats[name], text, { validateStream: false }),
)

/** Colour when the stream is a terminal, NO_COLOR is not set and nobody asked for none; FORCE_COLOR asks for it. */
export function styleFor(stream: NodeJS.WriteStream, options: { colour: boolean }): Style {
  const coloured = options.colour && styleText('red', 'x', { stream, validateStream: true }) !== 'x'
  return coloured ? colourStyle : plainStyle
}
