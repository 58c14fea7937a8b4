import * as z from 'zod'

const seconds = z.number().int().min(0)

/** How a connector speaks to a service. https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/configure-tunnels/origin-parameters/ */
export const originRequest = z.strictObject({
  noTLSVerify: z.boolean().optional().describe('Any certificate will do'),
  originServerName: z.string().optional().describe('The name that the certificate has to be for'),
  matchSNItoHost: z.boolean().optional(),
  caPool: z.string().optional().describe('File with the authorities, beside the connector'),
  httpHostHeader: z.string().optional().describe('What the service sees as the host that was asked for'),
  http2Origin: z.boolean().optional(),
  disableChunkedEncoding: z.boolean().optional(),
  connectTimeout: seconds.optional().describe('Seconds'),
  tlsTimeout: seconds.optional().describe('Seconds'),
  tcpKeepAlive: seconds.optional().describe('Seconds'),
  keepAliveConnections: z.number().int().min(0).optional(),
  keepAliveTimeout: seconds.optional().describe('Seconds'),
  noHappyEyeballs: z.boolean().optional(),
  proxyType: z.enum(['', 'socks']).optional(),
  access: z
    .strictObject({
      required: z.boolean().optional(),
      teamName: z.string(),
      audTag: z.array(z.string()).describe('Audiences of the applications'),
    })
    .optional()
    .describe('The connector itself checks that Access has let the request in'),
})

/** Where requests go to. */
export const service = z
  .string()
  .regex(
    /^(https?|tcp|ssh|rdp|smb|unix|unix\+tls|wss?):\S+$|^http_status:[1-5]\d\d$|^hello_world$|^bastion$/,
    'Expected where it answers, such as http://10.0.0.5:8080, ssh://10.0.0.5:22 or http_status:404',
  )

export const hostname = z
  .string()
  .regex(
    /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/,
    'Expected a host name in lower case',
  )

export const path = z.string().min(1).describe('A regular expression for the path of the URL: `^/api/`')
