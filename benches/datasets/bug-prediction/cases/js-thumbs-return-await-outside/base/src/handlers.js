import { resize } from './image.js';

export const handlers = {
  async thumbnail({ source, width }) {
    return await resize(source, { width });
  },

  async avatar({ source }) {
    return await resize(source, { width: 96, height: 96, crop: true });
  },
};
