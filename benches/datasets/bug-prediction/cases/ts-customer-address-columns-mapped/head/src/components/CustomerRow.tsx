import type { Customer } from '../api/customers';
import { initials } from '../format';

export function CustomerRow({ customer }: { customer: Customer }) {
  const { street, postcode, city } = customer.address;
  return (
    <tr>
      <td className="avatar">{initials(customer.name)}</td>
      <td>{customer.name}</td>
      <td>{street}</td>
      <td className="number">{postcode}</td>
      <td>{city}</td>
      <td className="number">{customer.orders}</td>
    </tr>
  );
}
