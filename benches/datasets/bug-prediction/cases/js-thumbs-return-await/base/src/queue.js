/** A reliable queue on Redis: a job lies in `busy` until it is done or failed. */
export class Queue {
  constructor(redis, name) {
    this.redis = redis;
    this.pending = `${name}:pending`;
    this.busy = `${name}:busy`;
    this.failed = `${name}:failed`;
  }

  async next() {
    const text = await this.redis.blmove(this.pending, this.busy, 'LEFT', 'RIGHT', 5);
    return text === null ? null : { text, ...JSON.parse(text) };
  }

  async done(job) {
    return await this.redis.lrem(this.busy, 1, job.text);
  }

  async fail(job, reason) {
    await this.redis.rpush(this.failed, JSON.stringify({ job: job.text, reason }));
    return await this.done(job);
  }

  async size() {
    return await this.redis.llen(this.pending);
  }
}
