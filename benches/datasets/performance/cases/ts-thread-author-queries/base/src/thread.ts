import type { Authors } from './authors.js';
import type { Db, Post } from './db.js';

export interface ThreadPost {
  id: number;
  text: string;
}

/** All posts of a thread, oldest first; long threads have some thousands. */
export async function thread(db: Db, authors: Authors, id: number, viewer: number) {
  const posts = await db.query<Post>(
    'SELECT id, author_id AS "authorId", text FROM posts WHERE thread_id = $1 ORDER BY id',
    [id],
  );
  const me = await authors.get(viewer);
  return { viewer: me?.name ?? 'guest', posts: posts.map(({ id, text }): ThreadPost => ({ id, text })) };
}
