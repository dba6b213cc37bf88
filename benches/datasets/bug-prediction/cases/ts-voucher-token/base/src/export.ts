import type { Token } from './token';

export type Post = (path: string, token: string, body: unknown) => Promise<void>;

/** Sends the day's vouchers, some at a time. */
export async function exportDay(token: Token, post: Post, vouchers: unknown[]): Promise<void> {
  const atATime = 8;
  for (let first = 0; first < vouchers.length; first += atATime) {
    await Promise.all(
      vouchers.slice(first, first + atATime).map(async (voucher) => {
        await post('/vouchers', await token.value(), voucher);
      }),
    );
  }
}
