# frozen_string_literal: true

# Someone who signs in. Invited users belong to no company until they accept.
class User < ApplicationRecord
  belongs_to :company, optional: true

  enum :role, { member: 0, owner: 1 }

  def display_name
    name.presence || email.split("@").first
  end
end
