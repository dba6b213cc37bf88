import express from "express";
import { Pool } from "pg";
import { boards } from "./boards.js";
import { requireMember } from "./members-only.js";
import { session } from "./session.js";

export function app(pool: Pool) {
  const app = express();
  app.use(session(pool));
  app.use("/workspaces/:workspace", requireMember(pool));
  app.use("/workspaces/:workspace/boards", boards(pool));
  return app;
}
