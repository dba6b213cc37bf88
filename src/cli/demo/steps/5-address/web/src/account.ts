// The customer's page: greeting, shipping label, past orders.

import { getJson } from "./api";
import { amount, firstName, plural } from "./format";

export interface Address {
  street: string;
  postcode: string;
  city: string;
  country: string;
}

export interface Customer {
  id: number;
  name: string;
  // Missing until the first order.
  address?: Address;
}

export interface PastOrder {
  number: number;
  cents: number;
  currency: string;
}

export function greeting(customer: Customer | null): string {
  if (customer === null) {
    return "Welcome to the corner shop";
  }
  return `Welcome back, ${firstName(customer.name)}`;
}

export function shippingLabel(customer: Customer): string {
  const address = customer.address;
  if (!address) {
    return "No address yet";
  }
  return [
    customer.name,
    address.street,
    `${address.postcode} ${address.city}`,
  ].join("\n");
}

export async function pastOrders(customer: Customer): Promise<string[]> {
  const orders = await getJson<PastOrder[]>(`/customers/${customer.id}/orders`);
  const rows = orders.map((order) => `#${order.number}  ${amount(order.cents, order.currency)}`);
  return [plural(orders.length, "order", "orders"), ...rows];
}
