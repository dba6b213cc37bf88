# Points that a member was given for a purchase.
class Entry < ApplicationRecord
  belongs_to :member

  validates :points, numericality: { only_integer: true }

  # Enough for today wherever a day began.
  scope :recent, -> { where(booked_at: 2.days.ago..) }
end
