const MINUTES = 60_000;

/**
 * The courses of the evening school, out of the office's slow service.
 * One object serves all requests of the process.
 */
export class Catalogue {
  #office;
  #clock;
  #kept = new Map();

  constructor(office, clock = Date) {
    this.#office = office;
    this.#clock = clock;
  }

  /** Courses of a term, kept for ten minutes. */
  async courses(term) {
    const kept = this.#kept.get(term);
    if (kept && kept.until > this.#clock.now()) {
      return kept.courses;
    }
    const courses = await this.#office.courses({ term });
    this.#kept.set(term, { courses, until: this.#clock.now() + 10 * MINUTES });
    return courses;
  }
}
