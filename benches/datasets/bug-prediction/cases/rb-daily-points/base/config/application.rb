require_relative "boot"
require "rails/all"

module Points
  class Application < Rails::Application
    config.load_defaults 7.0
    # Members live in New Zealand; the database keeps UTC.
    config.time_zone = "Pacific/Auckland"
  end
end
