# frozen_string_literal: true

# The page that everyone lands on after signing in.
class DashboardController < ApplicationController
  def show
    company = current_user.company
    @greeting = "Hello #{current_user.display_name}"
    @plan_name = company&.plan&.name || "No plan yet"
    @seats_left = company ? company.plan.seats - company.users.count : 0
  end
end
