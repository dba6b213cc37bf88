import type { Contact, Directory } from './directory';

const PAGE = 100;

export interface List {
  /** Replaces the list by these addresses. */
  replace(addresses: string[]): Promise<void>;
}

/** Whether a contact gets the newsletter: not archived, and with an address. */
function wanted(contact: Contact): boolean {
  return !contact.archived && contact.mail !== '';
}

/** Brings the newsletter's list in line with the directory, every night. */
export async function syncList(directory: Directory, list: List): Promise<number> {
  const addresses = new Set<string>();
  for (let offset = 0; ; offset += PAGE) {
    const page = (await directory.contacts(offset, PAGE)).filter(wanted);
    for (const contact of page) {
      addresses.add(contact.mail.toLowerCase());
    }
    if (page.length < PAGE) {
      break;
    }
  }
  await list.replace([...addresses].sort());
  return addresses.size;
}
