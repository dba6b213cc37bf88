import { resize } from './image.js';

export const handlers = {
  async thumbnail({ source, width }) {
    return resize(source, { width });
  },

  async avatar({ source }) {
    return resize(source, { width: 96, height: 96, crop: true });
  },
};
