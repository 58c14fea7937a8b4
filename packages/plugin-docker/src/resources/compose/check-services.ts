import { didYouMean, LaresError, type Owner, problem } from '@lares/core'
import type { Parts } from '../../compose/translate/parts.ts'
import { numbered } from '../checks/probe.ts'
import type { ComposeInputs } from './schema.ts'

/** @throws LaresError `no_such_service` for checks of services that the files, with these profiles, do not have */
export function checkServices({ checks }: ComposeInputs, { services }: Parts, { address }: Owner): void {
  const names = services.map(({ name }) => name)
  const problems = numbered(checks).flatMap(({ number, check: { service } }) =>
    service === undefined || names.includes(service)
      ? []
      : problem({
          ...{ code: 'no_such_service', address, path: `checks[${number}].service` },
          summary: `The project has no service "${service}"`,
          ...didYouMean(service, names),
        }),
  )
  if (problems.length > 0) throw new LaresError(problems)
}
