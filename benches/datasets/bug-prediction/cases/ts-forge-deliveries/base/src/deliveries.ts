import { createServer, type IncomingMessage } from 'node:http';
import { signed } from './signature';

export interface Settings {
  port: number;
  secret: string;
  take(body: Buffer): Promise<void>;
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) {
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}

/** Listens for the forge's deliveries: 202 when taken, 401 when not signed. */
export function listen(settings: Settings) {
  const server = createServer(async (request, response) => {
    const body = await read(request);
    const header = request.headers['x-forge-signature'];
    if (!signed(body, Array.isArray(header) ? header[0] : header, settings.secret)) {
      response.writeHead(401).end();
      return;
    }
    await settings.take(body);
    response.writeHead(202).end();
  });
  return server.listen(settings.port);
}
