/** To the second, as Access and tokens write times: `2024-05-06T12:34:56Z`. */
export const toSecond = (at: Date) => at.toISOString().replace(/\.\d+Z$/, 'Z')

/** To the microsecond, as DNS and tunnels write them: `2024-05-06T12:34:56.123000Z`. */
export const toMicrosecond = (at: Date) => at.toISOString().replace('Z', '000Z')
