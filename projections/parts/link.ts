/**
 * Links: when two links, written differently, are the same one.
 * Invariants: it is a matter of text alone: nothing is looked up, no redirect followed, no parameter taken for noise; what is
 * no link keeps its text; time is linear in the text's length.
 */

/** Scheme or none, authority, path, query; the fragment is left out. */
const PARTS = /^(?:(?:(https?):)?(\/\/))?([^/?#]+)([^?#]*)(\?[^#]*)?(?:#.*)?$/i;
/** Who logs in, host, port. */
const AUTHORITY = /^([^@]*@)?(\[[0-9a-f:.]+\]|[^:@[\]]+)(?::(\d*))?$/i;
/** What is taken for a host where no scheme says so: a name with a top-level domain, or an IPv4 address. */
const BARE_HOST = /^(?:(?:[\p{L}\p{M}\p{N}_-]+\.)+\p{L}[\p{L}\p{M}\p{N}-]+|\d{1,3}(?:\.\d{1,3}){3})$/u;
const BLANK = /[\s\p{Cc}]/u;
const BROKEN_ESCAPE = /%(?![0-9a-f]{2})/i;
const UNRESERVED = /[A-Za-z0-9._~-]/;

/** An encoded character that needs no encoding is the character. */
function unescaped(text: string): string {
  if (!text.includes('%') || BROKEN_ESCAPE.test(text)) return text;
  return text.replace(/%[0-9a-f]{2}/gi, (code) => {
    const character = String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return UNRESERVED.test(character) ? character : code;
  });
}

/** A leading "www." says nothing, unless it is half of the name. */
function withoutWww(host: string): string {
  return host.startsWith('www.') && host.includes('.', 4) ? host.slice(4) : host;
}

function withoutLastSlash(path: string, query: string): string {
  if (query !== '') return path === '/' ? '' : path;
  let end = path.length;
  while (path[end - 1] === '/') end--;
  return path.slice(0, end);
}

/**
 * The one way to write a link: of a web link without its scheme, the default port, a leading "www.", the fragment and the
 * slash at the end, the host in lower case, what is encoded without need decoded. Everything else is kept, the order of
 * a query too: it may matter. A text that is no web link is kept as it is.
 */
export function normalisedLink(link: string): string {
  const parts = BLANK.test(link) ? null : PARTS.exec(link);
  if (parts === null) return link;
  const [, scheme = 'http', slashes, authority = '', path = '', query = ''] = parts;
  const [, login = '', host = '', port = ''] = AUTHORITY.exec(authority) ?? [];
  if (host === '' || (slashes === undefined && (login !== '' || !BARE_HOST.test(host)))) return link;
  const usual = port === '' || Number(port) === (scheme.toLowerCase() === 'https' ? 443 : 80);
  return `${login}${withoutWww(host.toLowerCase())}${usual ? '' : `:${port}`}${withoutLastSlash(unescaped(path), query)}${unescaped(query)}`;
}
