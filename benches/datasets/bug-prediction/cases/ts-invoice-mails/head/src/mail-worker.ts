import type { Customers } from "./customers.js";
import type { MailJob } from "./mail-queue.js";

export interface Mailer {
  send(to: string, subject: string, text: string): Promise<void>;
}

const SUBJECT = { de: "Ihre Rechnung", en: "Your invoice" };

const money = (cents: number, locale: string) =>
  new Intl.NumberFormat(locale, { style: "currency", currency: "EUR" }).format(cents / 100);

/** Works one job off; called by the queue, hours later at month's end. */
export async function work(job: MailJob, customers: Customers, mailer: Mailer): Promise<void> {
  const { invoice } = job;
  const customer = await customers.load(invoice.customerId);
  const { locale } = customer;
  const text = `${customer.name}: ${SUBJECT[locale]} ${invoice.number}, ${money(invoice.cents, locale)}`;
  await mailer.send(customer.email, `${SUBJECT[locale]} ${invoice.number}`, text);
}
