'use strict';

async function onMessage(room, message, { store, mentions, log }) {
  await store.append(room.id, message);
  const told = await mentions.announce(room, message);
  log.info({ room: room.id, told }, 'message delivered');
}

module.exports = { onMessage };
