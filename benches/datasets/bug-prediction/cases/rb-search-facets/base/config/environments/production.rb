require "active_support/core_ext/integer/time"

Rails.application.configure do
  config.eager_load = true
  # Nearly all that we cache depends on the contract: each price list has its own entries.
  config.cache_store = :redis_cache_store, {
    url: ENV["REDIS_URL"],
    namespace: -> { "list-#{Current.price_list&.id || 'none'}" }
  }
end
