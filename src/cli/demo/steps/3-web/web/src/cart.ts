// The basket in the browser; the back end has the last word on prices.

import { postJson } from "./api";
import { amount, plural } from "./format";

export interface CartItem {
  sku: string;
  name: string;
  cents: number;
  count: number;
}

export interface OrderReply {
  number: number;
}

export function add(items: CartItem[], item: CartItem): CartItem[] {
  const known = items.find((other) => other.sku === item.sku);
  if (!known) {
    return [...items, item];
  }
  return items.map((other) =>
    other.sku === item.sku ? { ...other, count: other.count + item.count } : other,
  );
}

export function total(items: CartItem[]): number {
  return items.reduce((sum, item) => sum + item.cents * item.count, 0);
}

export function summary(items: CartItem[], currency: string): string {
  const pieces = items.reduce((sum, item) => sum + item.count, 0);
  return `${plural(pieces, "piece", "pieces")}, ${amount(total(items), currency)}`;
}

export async function order(items: CartItem[], country: string): Promise<number> {
  const lines = items.map(({ sku, count }) => ({ sku, count }));
  const reply = await postJson<OrderReply>("/orders", { items: lines, country });
  return reply.number;
}
