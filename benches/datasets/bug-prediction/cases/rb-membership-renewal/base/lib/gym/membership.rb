# frozen_string_literal: true

require "date"

module Gym
  # A membership by the year. cancelled_on is set when the member gave notice;
  # the membership then still runs until its end.
  Membership = Struct.new(:member, :cents, :ends_on, :cancelled_on, keyword_init: true) do
    def cancelled?
      !cancelled_on.nil?
    end

    def renew!
      self.ends_on = ends_on.next_year
    end
  end
end
