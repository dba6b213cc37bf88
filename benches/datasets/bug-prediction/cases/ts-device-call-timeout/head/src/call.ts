import type { Link, Reply } from './link.js';

let last = 0;

export class CallTimeout extends Error {
  constructor(method: string, ms: number) {
    super(`${method}: no reply within ${ms} ms`);
  }
}

/** Calls a method of the device; rejects when it reports an error, is silent for `ms`, or the link closes. */
export function call(link: Link, method: string, args: unknown[], ms = 10_000): Promise<unknown> {
  const id = ++last;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new CallTimeout(method, ms)), ms);
    const end = () => {
      clearTimeout(timer);
      link.off('reply', onReply);
      link.off('closed', onClosed);
    };
    const onReply = (reply: Reply) => {
      if (reply.id !== id) return;
      end();
      if (reply.ok) resolve(reply.value);
      else reject(new Error(reply.error ?? `${method} failed`));
    };
    const onClosed = () => {
      end();
      reject(new Error('link closed'));
    };
    link.on('reply', onReply);
    link.on('closed', onClosed);
    link.send({ id, method, args });
  });
}
