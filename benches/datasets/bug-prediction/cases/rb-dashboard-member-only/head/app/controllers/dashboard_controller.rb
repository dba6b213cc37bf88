# frozen_string_literal: true

# The page that everyone lands on after signing in.
class DashboardController < ApplicationController
  before_action :require_company

  def show
    @summary = AccountSummary.new(current_user)
  end

  private

  # Sends those who have not accepted an invitation yet to the page where they can.
  def require_company
    redirect_to pending_invitations_path unless current_user.company
  end
end
