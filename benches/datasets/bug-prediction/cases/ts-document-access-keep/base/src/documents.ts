import { canRead, canWrite, type Doc, type User } from "./access.js";
import { keep } from "./keep.js";

export class NotFound extends Error {}
export class Forbidden extends Error {}

export interface DocStore {
  all(folder: string): Promise<Doc[]>;
  get(id: string): Promise<Doc | undefined>;
  rename(id: string, title: string): Promise<void>;
}

/** The documents of a folder that the user may read, by title. */
export async function listDocuments(store: DocStore, user: User, folder: string): Promise<Doc[]> {
  const docs = await keep(await store.all(folder), (doc) => canRead(user, doc));
  return docs
    .sort((a, b) => a.title.localeCompare(b.title));
}

export async function openDocument(store: DocStore, user: User, id: string): Promise<Doc> {
  const doc = await store.get(id);
  if (!doc || !canRead(user, doc)) throw new NotFound(id);
  return doc;
}

export async function renameDocument(store: DocStore, user: User, id: string, title: string): Promise<void> {
  const doc = await store.get(id);
  if (!doc || !canRead(user, doc)) throw new NotFound(id);
  if (!canWrite(user, doc)) throw new Forbidden(id);
  await store.rename(id, title);
}
