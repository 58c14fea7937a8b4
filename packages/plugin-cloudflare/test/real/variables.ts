/** What names a real account to the tests; CLOUDFLARE_BASE_URL may say where its API is. */
export const VARIABLES = ['CLOUDFLARE_API_TOKEN', 'CLOUDFLARE_ACCOUNT_ID', 'CLOUDFLARE_ZONE'] as const
