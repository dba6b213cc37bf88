import type { MailJob } from "./mail-queue.js";

export interface Mailer {
  send(to: string, subject: string, text: string): Promise<void>;
}

const SUBJECT = { de: "Ihre Rechnung", en: "Your invoice" };

const money = (cents: number, locale: string) =>
  new Intl.NumberFormat(locale, { style: "currency", currency: "EUR" }).format(cents / 100);

/** Works one job off; called by the queue, hours later at month's end. */
export async function work(job: MailJob, mailer: Mailer): Promise<void> {
  const { invoice, to, name, locale } = job;
  const text = `${name}: ${SUBJECT[locale]} ${invoice.number}, ${money(invoice.cents, locale)}`;
  await mailer.send(to, `${SUBJECT[locale]} ${invoice.number}`, text);
}
