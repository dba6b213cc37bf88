export interface Row {
  label: string;
  seats: number;
  /** Price band: 1 is the dearest. */
  band: number;
}

export class Hall {
  readonly name: string;
  readonly rows: readonly Row[];

  constructor(name: string, rows: readonly Row[]) {
    this.name = name;
    this.rows = rows;
  }
}

export interface Place {
  row: string;
  seat: number;
}

/** A request for places, as the box office's form sends it. */
export class Booking {
  readonly hall: Hall;
  readonly places: readonly Place[];

  constructor(hall: Hall, places: readonly Place[]) {
    this.hall = hall;
    this.places = places;
  }
}
