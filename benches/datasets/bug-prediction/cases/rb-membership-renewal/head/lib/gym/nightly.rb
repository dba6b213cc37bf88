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
      renewal = Renewal.new(memberships, @payments)
      tried = renewal.due(today)
      renewed = renewal.run(today)
      renewed.each { |membership| @repository.save(membership) }
      @office.note(summary(tried, renewed)) unless tried.empty?
    end

    private

    def summary(tried, renewed)
      failed = tried - renewed
      lines = renewed.map { |m| format("%-30s %8.2f", m.member, m.cents / 100.0) }
      lines += failed.map { |m| "#{m.member}: payment failed" }
      lines.join("\n")
    end
  end
end
