class Booking < ApplicationRecord
  belongs_to :slot
  belongs_to :guest

  validates :seats, numericality: { greater_than: 0 }

  after_create_commit { ConfirmationJob.perform_later(id) }

  scope :upcoming, -> { joins(:slot).where("slots.starts_at > ?", Time.current) }
end
