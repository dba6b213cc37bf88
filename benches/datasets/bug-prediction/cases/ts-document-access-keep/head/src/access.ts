import { directory } from "./directory.js";

export interface User {
  id: string;
  admin: boolean;
}

export interface Doc {
  id: string;
  title: string;
  ownerId: string;
  readers: string[];
  groups: string[];
}

/** Whether a user may read a document: by themselves or as a member of a group. */
export async function canRead(user: User, doc: Doc): Promise<boolean> {
  if (user.admin || doc.ownerId === user.id || doc.readers.includes(user.id)) return true;
  for (const group of doc.groups) {
    if (await directory.isMember(group, user.id)) return true;
  }
  return false;
}

/** Whether a user may change a document. */
export function canWrite(user: User, doc: Doc): boolean {
  return user.admin || doc.ownerId === user.id;
}
