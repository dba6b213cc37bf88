import { Router } from "express";
import type { Pool } from "pg";
import { membershipOf } from "./members.js";

export interface Card {
  title: string;
  column: string;
  due: string | null;
}

export async function cardsOf(pool: Pool, workspace: string, board: string): Promise<Card[]> {
  const { rows } = await pool.query<Card>(
    `SELECT title, "column", due FROM cards
     WHERE workspace = $1 AND board = $2 ORDER BY "column", position`,
    [workspace, board],
  );
  return rows;
}

export function boards(pool: Pool): Router {
  const router = Router({ mergeParams: true });

  router.get("/:board/cards", async (req, res, next) => {
    try {
      const { workspace, board } = req.params as Record<string, string>;
      const membership = await membershipOf(pool, workspace, res.locals.userId);
      res.json({ role: membership.role, cards: await cardsOf(pool, workspace, board) });
    } catch (error) {
      next(error);
    }
  });

  return router;
}
