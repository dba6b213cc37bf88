import type { RequestHandler } from "express";
import type { Pool } from "pg";

/** Puts the id of the user who is logged in into `res.locals.userId`; 401 if there is none. */
export function session(pool: Pool): RequestHandler {
  return async (req, res, next) => {
    try {
      const token = req.get("authorization")?.replace(/^Bearer /, "");
      const { rows } = await pool.query("SELECT user_id FROM sessions WHERE token = $1", [token ?? ""]);
      if (rows.length === 0) return void res.sendStatus(401);
      res.locals.userId = rows[0].user_id;
      next();
    } catch (error) {
      next(error);
    }
  };
}
