import type { RequestHandler } from "express";
import type { Pool } from "pg";
import { membershipOf } from "./members.js";

/** Nobody but its members learns that a workspace exists. */
export function requireMember(pool: Pool): RequestHandler {
  return async (req, res, next) => {
    try {
      const membership = await membershipOf(pool, req.params.workspace, res.locals.userId);
      if (!membership) return void res.sendStatus(404);
      next();
    } catch (error) {
      next(error);
    }
  };
}
