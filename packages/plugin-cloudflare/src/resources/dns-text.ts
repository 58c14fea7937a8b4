/** What a record says, the same text for all ways to write it. */
export function recordText(type: string, content: string): string {
  switch (type) {
    case 'CNAME':
    case 'NS':
    case 'PTR':
    case 'MX':
      return content.toLowerCase().replace(/\.$/, '')
    case 'AAAA':
      return canonicalAddress(content)
    case 'TXT':
      return unquoted(content)
    default:
      return content
  }
}

/** RFC 5952, as URLs have it. */
function canonicalAddress(address: string): string {
  try {
    return new URL(`http://[${address}]`).hostname.slice(1, -1)
  } catch {
    return address
  }
}

/** The strings of a TXT record as one, as whoever asks for it reads it; the API takes them with and without quotes. */
function unquoted(content: string): string {
  const text = content.trim()
  if (!/^"([^"\\]|\\.)*"(\s+"([^"\\]|\\.)*")*$/.test(text)) return text
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, inner = '']) => inner.replace(/\\(.)/g, '$1')).join('')
}
