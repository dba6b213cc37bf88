import { Worker } from "bullmq";
import { createTransport } from "nodemailer";
import type { MailJob } from "./mail-queue.js";
import { work, type Mailer } from "./mail-worker.js";

const connection = { host: process.env.REDIS_HOST ?? "localhost", port: 6379 };
const smtp = createTransport(process.env.SMTP_URL);

const mailer: Mailer = {
  async send(to, subject, text) {
    await smtp.sendMail({ from: "billing@acme.example", to, subject, text });
  },
};

new Worker<MailJob>("invoice-mail", (job) => work(job.data, mailer), { connection });
