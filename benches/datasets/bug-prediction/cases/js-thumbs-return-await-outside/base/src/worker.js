import { handlers } from './handlers.js';

/** Runs one job by its handler; resolves to the path that it made. */
export async function runJob(job) {
  const handler = handlers[job.kind];
  if (!handler) throw new Error(`no handler for ${job.kind}`);
  return await handler(job.args);
}

/** Works until `stop` is aborted. Failed jobs go to the failed list. */

export async function work(queue, stop) {
  while (!stop.aborted) {
    const job = await queue.next();
    if (job === null) continue;
    try {
      const path = await runJob(job);
      await queue.done(job);
      console.log(`${job.kind}: ${path}`);
    } catch (error) {
      await queue.fail(job, error.message);
    }
  }
}
