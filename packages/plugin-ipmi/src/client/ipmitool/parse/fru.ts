import type { Fru } from '../../fru.ts'
import { given } from '../../given.ts'
import { fieldsOf } from './fields.ts'

/** `fru print 0`. Undefined where that is not what it is. */
export function parseFru(text: string): Fru | undefined {
  const fields = fieldsOf(text).filter(([name, value]) => /^(Chassis|Board|Product) /.test(name) && !isNothing(value))
  if (fields.length === 0 && !/^ (Chassis|Board|Product) /m.test(text)) return undefined
  const first = (name: string) => fields.find(([each]) => each === name)?.[1]
  return {
    chassis: given({
      type: first('Chassis Type'),
      partNumber: first('Chassis Part Number'),
      serial: first('Chassis Serial'),
    }),
    board: given({
      manufactured: first('Board Mfg Date'),
      manufacturer: first('Board Mfg'),
      product: first('Board Product'),
      serial: first('Board Serial'),
      partNumber: first('Board Part Number'),
    }),
    product: given({
      manufacturer: first('Product Manufacturer'),
      name: first('Product Name'),
      partNumber: first('Product Part Number'),
      version: first('Product Version'),
      serial: first('Product Serial'),
      assetTag: first('Product Asset Tag'),
    }),
    fields,
  }
}

/** What vendors leave in a field that they have nothing for. */
const isNothing = (value: string): boolean =>
  /^[\s.]*$/.test(value) || /^(unspecified|n\/a|none|not specified|to be filled by o\.?e\.?m\.?|0+)$/i.test(value)
