# frozen_string_literal: true

# The page that everyone lands on after signing in.
class DashboardController < ApplicationController
  before_action :require_company

  def show
    company = current_user.company
    @greeting = "Hello #{current_user.display_name}"
    @plan_name = company&.plan&.name || "No plan yet"
    @seats_left = company ? company.plan.seats - company.users.count : 0
  end

  private

  # Sends those who have not accepted an invitation yet to the page where they can.
  def require_company
    redirect_to pending_invitations_path unless current_user.company
  end
end
