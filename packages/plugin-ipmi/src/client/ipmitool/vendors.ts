/** Private enterprise numbers of IANA, of those who make boards; ipmitool's own list depends on how it was packaged. */
const names: Readonly<Record<number, string>> = {
  2: 'IBM',
  11: 'HPE',
  42: 'Oracle',
  343: 'Intel',
  674: 'Dell',
  2011: 'Huawei',
  5771: 'Cisco',
  7244: 'Quanta',
  10368: 'Fujitsu',
  10876: 'Supermicro',
  15370: 'Gigabyte',
  19046: 'Lenovo',
  20301: 'IBM',
  20974: 'AMI',
  37945: 'Inspur',
  42817: 'IBM',
  47196: 'HPE',
  49622: 'ASRock Rack',
  49769: 'YADRO',
  49871: 'OpenBMC',
  52538: 'Ampere',
}

/** The vendor by its number, or else as it was written; undefined where it is not known. */
export function vendorName(id: number | undefined, written: string | undefined): string | undefined {
  const known = id === undefined ? undefined : names[id]
  return (
    known ?? (written === undefined || written === '' || /^(unknown|reserved)\b/i.test(written) ? undefined : written)
  )
}
