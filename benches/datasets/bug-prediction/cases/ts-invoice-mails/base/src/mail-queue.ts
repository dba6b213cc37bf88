import type { Invoice } from "./invoices.js";

export interface MailJob {
  invoice: Invoice;
  to: string;
  name: string;
  locale: "de" | "en";
}

export interface MailQueue {
  add(job: MailJob): Promise<void>;
}
