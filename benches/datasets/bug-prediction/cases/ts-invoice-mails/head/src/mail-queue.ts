import type { Invoice } from "./invoices.js";

export interface MailJob {
  /** Nothing about a person: the queue is kept on disk. */
  invoice: Invoice;
}

export interface MailQueue {
  add(job: MailJob): Promise<void>;
}
