'use strict';

class Preferences {
  constructor(db) {
    this.db = db;
  }

  /** How a user wants to hear of mentions in a room: "all", "muted" or "summary". */
  async forRoom(userId, roomId) {
    const { rows } = await this.db.query(
      'SELECT mode FROM room_preferences WHERE user_id = $1 AND room_id = $2',
      [userId, roomId],
    );
    return rows.length > 0 ? rows[0].mode : 'all';
  }
}

module.exports = { Preferences };
