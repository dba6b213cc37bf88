require "active_support/core_ext/integer/time"

Rails.application.configure do
  config.eager_load = true
  config.cache_store = :redis_cache_store, { url: ENV["REDIS_URL"] }
end
