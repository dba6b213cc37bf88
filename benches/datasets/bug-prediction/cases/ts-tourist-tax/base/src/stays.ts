export interface Stay {
  guest: string;
  room: string;
  /** ISO times; `until` is empty as long as the guest has not left. */
  from: string;
  until: string;
  nights: number;
}

export interface StayStore {
  between(from: Date, to: Date): Promise<Stay[]>;
}
