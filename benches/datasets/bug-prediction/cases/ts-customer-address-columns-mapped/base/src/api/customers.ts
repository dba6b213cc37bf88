/** The customers service. */
export interface Address {
  street: string;
  city: string;
  postcode: string;
}

export interface Customer {
  id: string;
  name: string;
  address: Address;
  orders: number;
}

export async function fetchCustomers(query: string): Promise<Customer[]> {
  const response = await fetch(`/api/customers?q=${encodeURIComponent(query)}`);
  if (!response.ok) throw new Error(`customers answered ${response.status}`);
  return (await response.json()) as Customer[];
}
