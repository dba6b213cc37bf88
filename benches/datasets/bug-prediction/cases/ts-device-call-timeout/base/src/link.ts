import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

export interface Reply {
  id: number;
  ok: boolean;
  value?: unknown;
  error?: string;
}

/** Lines of JSON over a socket that stays open for days. Emits `reply` and `closed`. */
export class Link extends EventEmitter {
  private rest = '';

  constructor(private readonly socket: Socket) {
    super();
    this.setMaxListeners(0);
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.take(text));
    socket.on('close', () => this.emit('closed'));
  }

  private take(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.emit('reply', JSON.parse(line) as Reply);
  }

  send(message: object): void {
    this.socket.write(JSON.stringify(message) + '\n');
  }
}
