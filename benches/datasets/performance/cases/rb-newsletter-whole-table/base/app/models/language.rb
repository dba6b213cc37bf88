# frozen_string_literal: true

# One of the eleven languages that editions are written in; rows come with db/seeds.rb.
class Language < ApplicationRecord
  validates :code, inclusion: { in: %w[bg cs de en es fr hu it nl pl sk] }

  def regional?
    %w[bg cs hu sk].include?(code)
  end
end
