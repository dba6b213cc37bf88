export interface Contact {
  id: string;
  name: string;
  mail: string;
  archived: boolean;
}

export type Get = (address: string) => Promise<unknown>;

/** The parish directory's service. */
export class Directory {
  readonly #get: Get;

  constructor(get: Get) {
    this.#get = get;
  }

  /**
   * Contacts by name, `limit` of them from `offset` on; fewer at the end.
   * The service leaves archived ones and those without an address out
   * (`archived=no`, `mail=present`) before it counts.
   */
  async contacts(offset: number, limit: number): Promise<Contact[]> {
    const query = new URLSearchParams({
      offset: String(offset),
      limit: String(limit),
      order: 'name',
      archived: 'no',
      mail: 'present',
    });
    return (await this.#get(`/contacts?${query}`)) as Contact[];
  }
}
