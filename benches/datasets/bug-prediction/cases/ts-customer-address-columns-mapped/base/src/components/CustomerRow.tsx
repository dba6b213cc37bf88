import type { Customer } from '../api/customers';
import { initials, place } from '../format';

export function CustomerRow({ customer }: { customer: Customer }) {
  return (
    <tr>
      <td className="avatar">{initials(customer.name)}</td>
      <td>{customer.name}</td>
      <td>{place(customer)}</td>
      <td className="number">{customer.orders}</td>
    </tr>
  );
}
