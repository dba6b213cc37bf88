import type { Directory } from './directory';

const PAGE = 100;

export interface List {
  /** Replaces the list by these addresses. */
  replace(addresses: string[]): Promise<void>;
}

/** Brings the newsletter's list in line with the directory, every night. */
export async function syncList(directory: Directory, list: List): Promise<number> {
  const addresses = new Set<string>();
  for (let offset = 0; ; offset += PAGE) {
    const page = await directory.contacts(offset, PAGE);
    for (const contact of page) {
      addresses.add(contact.mail.toLowerCase());
    }
    if (page.length < PAGE) {
      break;
    }
  }
  await list.replace([...addresses]);
  return addresses.size;
}
