import type { Customers } from "./customers.js";
import type { MailQueue } from "./mail-queue.js";

export interface Invoice {
  number: string;
  customerId: string;
  cents: number;
}

export class UnknownCustomer extends Error {}

/** Issues an invoice and has it mailed. */
export async function issue(invoice: Invoice, customers: Customers, queue: MailQueue): Promise<void> {
  const customer = await customers.load(invoice.customerId);
  if (!customer) throw new UnknownCustomer(invoice.customerId);
  await queue.add({
    invoice,
    to: customer.email,
    name: customer.name,
    locale: customer.locale,
  });
}
