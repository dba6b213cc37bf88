import type { Link, Reply } from './link.js';

let last = 0;

/** Calls a method of the device; rejects when it reports an error or the link closes. */
export function call(link: Link, method: string, args: unknown[]): Promise<unknown> {
  const id = ++last;
  return new Promise((resolve, reject) => {
    const end = () => {
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
