# frozen_string_literal: true

# The page that everyone lands on after signing in.
class DashboardController < ApplicationController
  def show
    @summary = AccountSummary.new(current_user)
  end
end
