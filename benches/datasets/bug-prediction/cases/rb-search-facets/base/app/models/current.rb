# What a request knows about who asks; set by ApplicationController from the session.
class Current < ActiveSupport::CurrentAttributes
  attribute :customer, :price_list
end
