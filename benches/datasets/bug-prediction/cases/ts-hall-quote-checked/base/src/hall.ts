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

export class BadPlace extends Error {}

/** A request for places, as the box office's form sends it. */
export class Booking {
  readonly hall: Hall;
  readonly places: readonly Place[];

  constructor(hall: Hall, places: readonly Place[]) {
    const labels = new Set(hall.rows.map((row) => row.label));
    for (const place of places) {
      if (!labels.has(place.row)) {
        throw new BadPlace(`${place.row}${place.seat}`);
      }
    }
    this.hall = hall;
    this.places = places;
  }
}
