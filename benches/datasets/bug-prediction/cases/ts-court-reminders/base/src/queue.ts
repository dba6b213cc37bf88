/** The broker's client: bodies are text. */
export interface Queue {
  push(name: string, body: string): Promise<void>;
  take(name: string, work: (body: string) => Promise<void>): void;
}
