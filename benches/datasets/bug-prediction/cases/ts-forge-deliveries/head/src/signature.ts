import { createHmac, timingSafeEqual } from 'node:crypto';

const PREFIX = 'sha256=';

/**
 * Whether a delivery was signed with one of the shared secrets: the present
 * one, and for a day after it was changed the one before.
 * The header is `sha256=<hex>`.
 */
export function signed(body: Buffer, header: string | undefined, secrets: readonly string[]): boolean {
  if (!header || !header.startsWith(PREFIX)) {
    return false;
  }
  const given = Buffer.from(header.slice(PREFIX.length), 'hex');
  return secrets.some((secret) => {
    const expected = createHmac('sha256', secret).update(body).digest();
    return timingSafeEqual(given, expected);
  });
}
