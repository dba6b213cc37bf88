import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { PaymentEvent } from './events.js';
import { handle } from './handle.js';

const KEY = process.env.HOOK_KEY ?? '';
const SUBSCRIBED = new Set(['payment.succeeded', 'payment.refunded', 'dispute.opened']);

async function body(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function signed(data: Buffer, signature: string): boolean {
  const expected = createHmac('sha256', KEY).update(data).digest();
  const given = Buffer.from(signature, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

createServer(async (request, response) => {
  const data = await body(request);
  if (!signed(data, String(request.headers['x-signature'] ?? ''))) {
    response.writeHead(401).end();
    return;
  }
  const event = JSON.parse(data.toString('utf8')) as PaymentEvent;
  if (SUBSCRIBED.has(event.type)) handle(event);
  response.writeHead(204).end();
}).listen(Number(process.env.PORT ?? 8080));
