# frozen_string_literal: true

require "yaml"

module Courier
  # Settings of the delivery worker.
  module Settings
    def self.load(path = File.expand_path("../../config/courier.yml", __dir__))
      YAML.safe_load_file(path, symbolize_names: true)
    end
  end
end
