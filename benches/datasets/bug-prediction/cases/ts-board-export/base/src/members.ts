import type { Pool } from "pg";

export type Role = "reader" | "editor" | "owner";

export interface Membership {
  workspace: string;
  userId: string;
  role: Role;
}

/** What a user is in a workspace. */
export async function membershipOf(pool: Pool, workspace: string, userId: string): Promise<Membership> {
  const { rows } = await pool.query<Membership>(
    `SELECT workspace, user_id AS "userId", role FROM members WHERE workspace = $1 AND user_id = $2`,
    [workspace, userId],
  );
  return rows[0];
}
