# frozen_string_literal: true

class Company < ApplicationRecord
  belongs_to :plan
  has_many :users

  validates :name, presence: true

  # Days of the free period that are left, 0 when it is over.
  def trial_days_left
    [(trial_ends_on - Date.current).to_i, 0].max
  end
end
