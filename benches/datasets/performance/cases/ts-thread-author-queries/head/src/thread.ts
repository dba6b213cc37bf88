import type { Authors } from './authors.js';
import type { Db, Post } from './db.js';

export interface ThreadPost {
  id: number;
  text: string;
  author: string;
  avatar: string;
}

const NO_AVATAR = '/img/nobody.svg';

/** All posts of a thread, oldest first; long threads have some thousands. */
export async function thread(db: Db, authors: Authors, id: number, viewer: number) {
  const posts = await db.query<Post>(
    'SELECT id, author_id AS "authorId", text FROM posts WHERE thread_id = $1 ORDER BY id',
    [id],
  );
  const me = await authors.get(viewer);
  const shown = await Promise.all(posts.map((post) => withAuthor(post, authors)));
  return { viewer: me?.name ?? 'guest', posts: shown };
}

async function withAuthor(post: Post, authors: Authors): Promise<ThreadPost> {
  const author = await authors.get(post.authorId);
  return {
    id: post.id,
    text: post.text,
    author: author?.name ?? 'deleted user',
    avatar: author?.avatar ?? NO_AVATAR,
  };
}
