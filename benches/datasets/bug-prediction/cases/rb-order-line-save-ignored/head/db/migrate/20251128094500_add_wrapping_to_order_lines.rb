# frozen_string_literal: true

class AddWrappingToOrderLines < ActiveRecord::Migration[7.1]
  def change
    add_column :order_lines, :wrapping, :string
  end
end
