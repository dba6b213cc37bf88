import { useEffect, useState } from 'react';
import { fetchCustomers, type Customer } from '../api/customers';
import { CustomerRow } from './CustomerRow';

export function CustomerTable({ query }: { query: string }) {
  const [customers, setCustomers] = useState<Customer[] | null>(null);
  const [error, setError] = useState<string | null>(null);

  useEffect(() => {
    let current = true;
    fetchCustomers(query).then(
      (found) => current && setCustomers(found),
      (reason: Error) => current && setError(reason.message),
    );
    return () => {
      current = false;
    };
  }, [query]);

  if (error) return <p role="alert">{error}</p>;
  if (!customers) return <p>Loading</p>;
  return (
    <table>
      <tbody>
        {customers.map((customer) => (
          <CustomerRow key={customer.id} customer={customer} />
        ))}
      </tbody>
    </table>
  );
}
