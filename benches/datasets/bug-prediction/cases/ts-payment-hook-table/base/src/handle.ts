import type { PaymentEvent } from './events.js';
import { setState } from './orders.js';

/** Takes an event over into the orders. */
export function handle(event: PaymentEvent): void {
  switch (event.type) {
    case 'payment.succeeded':
      setState(event.data.payment, 'paid');
      break;
    case 'payment.refunded':
      setState(event.data.payment, 'refunded');
      break;
    case 'dispute.opened':
      setState(event.data.payment, 'disputed');
      break;
  }
}
