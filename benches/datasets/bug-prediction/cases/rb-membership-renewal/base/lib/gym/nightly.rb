# frozen_string_literal: true

require_relative "renewal"

module Gym
  # What runs every night.
  class Nightly
    def initialize(repository, payments, office)
      @repository = repository
      @payments = payments
      @office = office
    end

    def run(today = Date.today)
      memberships = @repository.all
      renewed = Renewal.new(memberships, @payments).run(today)
      renewed.each { |membership| @repository.save(membership) }
      @office.note("#{renewed.size} renewed") unless renewed.empty?
    end
  end
end
