import { Partner, PartnerError } from "./partner.js";

export interface Shelf {
  setFree(sku: string, free: number): Promise<void>;
  lastSync(): Promise<Date>;
  synced(at: Date): Promise<void>;
}

/** One run of the stock sync, every minute; how many articles changed. */
export async function sync(partner: Partner, shelf: Shelf, now = new Date()): Promise<number> {
  let changes;
  try {
    changes = await partner.changes(await shelf.lastSync());
  } catch (error) {
    if (error instanceof PartnerError) {
      console.warn("partner not ready, next minute again", error.message);
      return 0;
    }
    throw error;
  }
  for (const { sku, free } of changes) await shelf.setFree(sku, free);
  await shelf.synced(now);
  return changes.length;
}
