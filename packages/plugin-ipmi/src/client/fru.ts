/** What stands on the parts of a machine. Fields that are empty are left out. */
export interface Fru {
  readonly chassis: { readonly type?: string; readonly partNumber?: string; readonly serial?: string }
  readonly board: {
    readonly manufactured?: string
    readonly manufacturer?: string
    readonly product?: string
    readonly serial?: string
    readonly partNumber?: string
  }
  readonly product: {
    readonly manufacturer?: string
    readonly name?: string
    readonly partNumber?: string
    readonly version?: string
    readonly serial?: string
    readonly assetTag?: string
  }
  /** Everything that was written, also what has no name here; a name may come several times. */
  readonly fields: readonly (readonly [name: string, value: string])[]
}

export interface Identity {
  readonly manufacturer?: string
  readonly model?: string
  readonly serial?: string
}

/** Which machine it is: what is written on the product, or else on its chassis or board. */
export function identityOf({ product, board, chassis }: Fru): Identity {
  const manufacturer = product.manufacturer ?? board.manufacturer
  const model = product.name ?? board.product
  const serial = product.serial ?? chassis.serial ?? board.serial
  return {
    ...(manufacturer === undefined ? {} : { manufacturer }),
    ...(model === undefined ? {} : { model }),
    ...(serial === undefined ? {} : { serial }),
  }
}
