# frozen_string_literal: true

class OrderLine < ApplicationRecord
  belongs_to :order

  validates :sku, presence: true
  validates :count, numericality: { only_integer: true, greater_than: 0 }
  # Printed on the label of the parcel.
  validates :note, length: { maximum: 80 }
  validates :wrapping, inclusion: { in: %w[red green plain] }, allow_nil: true
end
