import { Router } from "express";
import type { Pool } from "pg";
import { cardsOf, type Card } from "./boards.js";
import { membershipOf, type Role } from "./members.js";

const MAY_EXPORT: Role[] = ["editor", "owner"];

/** A cell; what a spreadsheet would take for a formula is made text. */
function quoted(text: string): string {
  return `"${text.replace(/^[=+@\t\r-]/, "'$&").replaceAll('"', '""')}"`;
}

export function toCsv(cards: Card[]): string {
  const lines = cards.map((c) => [c.title, c.column, c.due ?? ""].map(quoted).join(","));
  return ["title,column,due", ...lines].join("\r\n");
}

export function boardExports(pool: Pool): Router {
  const router = Router({ mergeParams: true });

  router.get("/:board.csv", async (req, res, next) => {
    try {
      const { workspace, board } = req.params as Record<string, string>;
      const membership = await membershipOf(pool, workspace, res.locals.userId);
      if (!MAY_EXPORT.includes(membership.role)) return void res.sendStatus(403);
      res.type("text/csv").send(toCsv(await cardsOf(pool, workspace, board)));
    } catch (error) {
      next(error);
    }
  });

  return router;
}
