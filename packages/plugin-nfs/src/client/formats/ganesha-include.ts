/** Ganesha takes no comment behind it: that it is Lares' is told by the file that it names. */
const lineOf = (file: string): string => `%include "${file}"`

const isLineOf = (file: string) => (line: string) =>
  line.trim().replace(/^%include\s+(["']?)(.*)\1$/, '%include "$2"') === lineOf(file)

/** Whether a configuration of Ganesha reads that file, too. */
export const includes = (config: string, file: string): boolean => config.split('\n').some(isLineOf(file))

/** The configuration with a line at its end that reads the file, too. `withoutInclude` gives back what it was, byte for byte. */
export function withInclude(config: string, file: string): string {
  if (includes(config, file)) return config
  const isEnded = config === '' || config.endsWith('\n')
  return isEnded ? `${config}${lineOf(file)}\n` : `${config}\n${lineOf(file)}`
}

/** The configuration without the lines that read the file. */
export const withoutInclude = (config: string, file: string): string => {
  const isLine = isLineOf(file)
  return config
    .split('\n')
    .filter((line) => !isLine(line))
    .join('\n')
}
