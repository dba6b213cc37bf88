'use strict';

module.exports = {
  post: { name: 'POST', abroad: true },
  bike: { name: 'BIKE COURIER', abroad: false },
};
