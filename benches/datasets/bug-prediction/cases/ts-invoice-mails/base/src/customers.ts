import type { Redis } from "ioredis";

export interface Customer {
  id: string;
  name: string;
  email: string;
  locale: "de" | "en";
}

const key = (id: string) => `customer:${id}`;

export class Customers {
  constructor(private readonly redis: Redis) {}

  async load(id: string): Promise<Customer> {
    return JSON.parse((await this.redis.get(key(id))) ?? "null");
  }

  async save(customer: Customer): Promise<void> {
    await this.redis.set(key(customer.id), JSON.stringify(customer));
  }

  /** Closes an account: the customer's data is gone at once. */
  async close(id: string): Promise<void> {
    await this.redis.del(key(id));
  }
}
