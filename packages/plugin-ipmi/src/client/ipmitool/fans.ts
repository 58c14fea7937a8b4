/** A way to run the fans that a vendor has a name for, as the bytes of the vendor's own command. */
interface FanProfile {
  readonly vendorIds: readonly number[]
  readonly bytes: readonly number[]
}

const supermicro = (mode: number): FanProfile => ({ vendorIds: [10876], bytes: [0x30, 0x45, 0x01, mode] })

/** Nothing else than what sets a mode that the BMC itself keeps watch in: no fixed speeds. */
export const fanProfiles: Readonly<Record<string, FanProfile>> = {
  'supermicro-standard': supermicro(0),
  'supermicro-full': supermicro(1),
  'supermicro-optimal': supermicro(2),
  'supermicro-heavy-io': supermicro(4),
  'dell-automatic': { vendorIds: [674], bytes: [0x30, 0x30, 0x01, 0x01] },
}
