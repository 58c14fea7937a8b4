import { defined, isEmpty } from '../../client/options/defined.ts'
import type { Project } from '../load/project/project.ts'
import { objectLabels } from './labels.ts'
import type { VolumePart } from './parts.ts'

/** The named volumes that services use. */
export const volumeParts = (project: Project): VolumePart[] =>
  Object.entries(project.volumes).map(([key, { name, external = false, driver, driver_opts, labels }]) =>
    external
      ? { key, name, external, labels: {} }
      : defined({
          key,
          name,
          external,
          driver: driver || undefined,
          driverOptions: isEmpty(driver_opts ?? {}) ? undefined : driver_opts,
          labels: objectLabels(project, 'volume', key, labels),
        }),
  )
