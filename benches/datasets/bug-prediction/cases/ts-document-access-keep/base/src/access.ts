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

/** Whether a user may read a document. */
export function canRead(user: User, doc: Doc): boolean {
  return user.admin || doc.ownerId === user.id || doc.readers.includes(user.id);
}

/** Whether a user may change a document. */
export function canWrite(user: User, doc: Doc): boolean {
  return user.admin || doc.ownerId === user.id;
}
