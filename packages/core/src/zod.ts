/**
 * What the packages of this repository use of zod. Their builds import it from here in place of `zod`: a copy in each
 * bundle would be some 15 ms of every start, and the whole of zod is twice what is used of it. A name that a package
 * begins to use is added here.
 */
export {
  array,
  base64,
  boolean,
  cidrv4,
  cidrv6,
  clone,
  coerce,
  email,
  enum,
  globalRegistry,
  int,
  ipv4,
  ipv6,
  json,
  literal,
  looseObject,
  NEVER,
  never,
  null,
  number,
  object,
  record,
  safeParse,
  strictObject,
  string,
  toJSONSchema,
  union,
  unknown,
  url,
} from 'zod'
