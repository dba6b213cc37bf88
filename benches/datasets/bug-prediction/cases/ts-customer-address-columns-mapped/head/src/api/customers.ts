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

/** As the service sends it: guests who ordered without an account have no address of their own. */
type RawCustomer = Omit<Customer, 'address'> & { address: Address | null };

const NO_ADDRESS: Address = { street: 'no address', city: '', postcode: '' };

export async function fetchCustomers(query: string): Promise<Customer[]> {
  const response = await fetch(`/api/customers?q=${encodeURIComponent(query)}`);
  if (!response.ok) throw new Error(`customers answered ${response.status}`);
  const raw = (await response.json()) as RawCustomer[];
  return raw.map((customer) => ({ ...customer, address: customer.address ?? NO_ADDRESS }));
}
