require_relative "boot"
require "rails/all"

module Booker
  class Application < Rails::Application
    config.load_defaults 7.0
    config.active_job.queue_adapter = :sidekiq
    config.time_zone = "Europe/Berlin"
  end
end
