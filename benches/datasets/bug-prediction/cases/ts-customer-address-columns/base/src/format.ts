import type { Address, Customer } from './api/customers';

export function oneLine(address: Address): string {
  return `${address.street}, ${address.postcode} ${address.city}`;
}

/** Guests who ordered without an account have no address of their own. */
export function place(customer: Customer): string {
  return customer.address ? oneLine(customer.address) : 'no address';
}

export function initials(name: string): string {
  return name
    .split(/\s+/)
    .map((word) => word.charAt(0).toUpperCase())
    .join('')
    .slice(0, 2);
}
