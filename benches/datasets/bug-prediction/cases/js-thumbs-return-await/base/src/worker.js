import { handlers } from './handlers.js';

/** Runs one job by its handler; resolves to the path that it made. */
export async function runJob(queue, job) {
  try {
    const handler = handlers[job.kind];
    if (!handler) throw new Error(`no handler for ${job.kind}`);
    return await handler(job.args);
  } catch (error) {
    await queue.fail(job, error.message);
    return null;
  }
}

/** Works until `stop` is aborted. runJob() deals with failed jobs. */

export async function work(queue, stop) {
  while (!stop.aborted) {
    const job = await queue.next();
    if (job === null) continue;
    const path = await runJob(queue, job);
    if (path === null) continue;
    await queue.done(job);
    console.log(`${job.kind}: ${path}`);
  }
}
