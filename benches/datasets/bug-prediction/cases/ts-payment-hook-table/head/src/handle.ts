import type { PaymentEvent } from './events.js';
import { setState } from './orders.js';

type Handler = (event: PaymentEvent) => void;

const HANDLERS: Record<string, Handler> = {
  'payment.succeeded': (event) => setState(event.data.payment, 'paid'),
  'payment.refunded': (event) => setState(event.data.payment, 'refunded'),
  'dispute.opened': (event) => setState(event.data.payment, 'disputed'),
};

/** The last events that were taken over; the provider sends some twice within minutes. */
const seen = new Set<string>();
const REMEMBERED = 10_000;

/** Takes an event over into the orders, once. */
export function handle(event: PaymentEvent): void {
  if (seen.has(event.id)) return;
  HANDLERS[event.type](event);
  seen.add(event.id);
  if (seen.size > REMEMBERED) {
    const [oldest] = seen;
    seen.delete(oldest);
  }
}
