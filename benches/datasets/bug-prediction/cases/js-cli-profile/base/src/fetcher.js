'use strict';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function fetchOne(url, profile) {
  for (let attempt = 0; ; attempt += 1) {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), profile.timeoutMs);
    try {
      const response = await fetch(url, { signal: controller.signal });
      return { url, status: response.status, body: await response.text() };
    } catch (error) {
      if (attempt >= profile.retries) return { url, error: error.name };
      await sleep(profile.delayMs * 2 ** attempt);
    } finally {
      clearTimeout(timer);
    }
  }
}

module.exports = { fetchOne };
