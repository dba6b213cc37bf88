/** Events of the payment provider. `type` is one of many; see README.md. */
export interface PaymentEvent {
  id: string;
  type: string;
  created: number;
  data: { payment: string; amount: number; currency: string };
}
