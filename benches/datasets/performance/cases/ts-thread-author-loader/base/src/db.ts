/** A connection pool; every query is a round trip to the database server. */
export interface Db {
  query<T>(sql: string, params: unknown[]): Promise<T[]>;
}

export interface Post {
  id: number;
  authorId: number;
  text: string;
}

export interface Author {
  id: number;
  name: string;
  avatar: string | null;
}
