# frozen_string_literal: true

# An address that gets the newsletter; 1.4 million of them.
class Subscriber < ApplicationRecord
  belongs_to :language

  validates :email, presence: true, uniqueness: true

  scope :confirmed, -> { where.not(confirmed_at: nil) }

  # Addresses of partners get the edition for partners.
  def partner?
    email.end_with?("@partner.example")
  end
end
