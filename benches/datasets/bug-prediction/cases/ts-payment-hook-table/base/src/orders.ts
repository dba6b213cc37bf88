/** Orders by payment. In the service this is a table. */
export type OrderState = 'open' | 'paid' | 'refunded' | 'disputed';

const states = new Map<string, OrderState>();

export function setState(payment: string, state: OrderState): void {
  states.set(payment, state);
}

export function stateOf(payment: string): OrderState {
  return states.get(payment) ?? 'open';
}
