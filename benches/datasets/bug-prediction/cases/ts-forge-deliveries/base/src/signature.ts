import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Whether a delivery was signed with the shared secret.
 * The header is `sha256=<hex>`.
 */
export function signed(body: Buffer, header: string | undefined, secret: string): boolean {
  if (!header || !header.startsWith('sha256=')) {
    return false;
  }
  const expected = createHmac('sha256', secret).update(body).digest();
  const given = Buffer.from(header.slice('sha256='.length), 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
