export interface Stay {
  guest: string;
  room: string;
  /** ISO times; `until` is empty as long as the guest has not left. */
  from: string;
  until: string;
  /** Nights so far; 0 for rooms that were let by the hour. */
  nights: number;
}

export interface StayStore {
  between(from: Date, to: Date): Promise<Stay[]>;
}
