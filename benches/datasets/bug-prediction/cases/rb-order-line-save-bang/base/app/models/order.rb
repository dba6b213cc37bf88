# frozen_string_literal: true

class Order < ApplicationRecord
  belongs_to :customer
  has_many :lines, class_name: "OrderLine", dependent: :destroy

  def total_cents
    lines.sum("count * cents")
  end
end
