class Booking < ApplicationRecord
  belongs_to :slot
  belongs_to :guest

  validates :seats, numericality: { greater_than: 0 }

  scope :upcoming, -> { joins(:slot).where("slots.starts_at > ?", Time.current) }
end
