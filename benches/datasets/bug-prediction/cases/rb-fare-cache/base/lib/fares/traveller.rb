# frozen_string_literal: true

module Fares
  # Someone who travels. card is :none, :half or :youth.
  Traveller = Struct.new(:name, :card, keyword_init: true)
end
