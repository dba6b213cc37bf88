import type { Session } from './session.js';

async function get<T>(session: Session, url: string): Promise<T> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${await session.accessToken()}` } });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as T;
}

export interface Dashboard {
  profile: { name: string };
  projects: { id: string; title: string }[];
  unread: number;
}

/** Everything on the first page, loaded at once. */
export async function load(session: Session, api: string): Promise<Dashboard> {
  const [profile, projects, unread] = await Promise.all([
    get<Dashboard['profile']>(session, `${api}/me`),
    get<Dashboard['projects']>(session, `${api}/projects`),
    get<{ count: number }>(session, `${api}/inbox/unread`),
  ]);
  return { profile, projects, unread: unread.count };
}
