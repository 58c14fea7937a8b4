import { quote } from './shell.ts'

export interface Audience {
  /** The roles whose alarms are sent; all when absent. */
  readonly roles?: readonly string[] | undefined
  /** Only alarms that became critical, and what becomes of them then. */
  readonly isCritical: boolean
}

/**
 * Lines that add recipients of a method of alarm-notify.sh to those of each role, or of some. A role that names nobody
 * gets the default recipients, so naming one for it keeps them.
 */
export function recipientLines(
  method: string,
  recipients: readonly string[],
  { roles, isCritical }: Audience,
): string[] {
  const added = quote(` ${recipients.map((each) => (isCritical ? `${each}|critical` : each)).join(' ')}`)
  const [all, of] = [`DEFAULT_RECIPIENT_${method.toUpperCase()}`, `role_recipients_${method}`]
  if (roles) return roles.map((role) => `${of}[${role}]="\${${of}[${role}]:-\${${all}}}"${added}`)
  return [
    `${all}+=${added}`,
    `for lares_role in "\${!${of}[@]}"; do`,
    `  case "\${${of}[\${lares_role}]}" in ''|disabled) ;; *) ${of}[\${lares_role}]+=${added} ;; esac`,
    'done',
  ]
}

/** Lines that take out who gets e-mail when nobody was named: root. */
export const noDefaultMail = [
  '[ "${DEFAULT_RECIPIENT_EMAIL}" != root ] || DEFAULT_RECIPIENT_EMAIL=',
  'for lares_role in "${!role_recipients_email[@]}"; do',
  '  [ "${role_recipients_email[${lares_role}]}" != root ] || role_recipients_email[${lares_role}]=',
  'done',
]
