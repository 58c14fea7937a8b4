import { Refusal } from '../envelope.ts'

/** A refusal of Access; all of its messages begin alike. */
const access = (status: number, code: number, what: string) =>
  new Refusal(status, { code, message: `access.api.error.${what}` })

/**
 * Something in the request is wrong. Recorded with this code: `policy precedences must be unique`
 * (github.com/cloudflare/terraform-provider-cloudflare#2354), `domain not included in self_hosted_domains` (#3340), and
 * where it stands in a comment beside its use.
 */
export const invalidRequest = (what: string) => access(400, 12130, `invalid_request: ${what}`)

/** A primary domain that another application has: github.com/ChrispyBacon-dev/DockFlare#217. */
export const applicationExists = () => access(409, 11010, 'application_already_exists')

/** Code as in `previous certificate settings still being updated`, tests of terraform-provider-cloudflare; status of a onetimepin conflict. */
export const conflict = (what: string) => access(409, 12132, `conflict: ${what}`)

/** The error table of github.com/alchemy-run/distilled, packages/cloudflare/patches/zero_trust/_errors.json. */
export const unknownApplication = () => access(404, 11021, 'unknown_application')

/** Same table; github.com/mahtin/python-cloudflare#100 has its message. */
export const invalidApplicationId = () => access(400, 12045, 'invalid_application_id')

/** Same table: policies, service tokens, identity providers and tags. */
export const notFound = () => access(404, 12135, 'not_found')

/** Same table. */
export const unknownGroup = () => access(404, 12152, 'unknown_group')

/** Recorded in full in several public runbooks of 2026. */
export const serviceTokenInUse = () =>
  access(
    400,
    12139,
    'service_token_in_use: cannot delete service token because it is used by a policy, group, or app SCIM configuration.',
  )

/** Zero Trust was never set up in the account. */
export const notEnabled = () =>
  access(
    403,
    9999,
    "not_enabled: Access is not enabled. Visit the Access dashboard at https://dash.cloudflare.com/ and click the 'Enable Access' button.",
  )
