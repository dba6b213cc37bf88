# frozen_string_literal: true

class InvitationsController < ApplicationController
  # Creates the account at once, so that the invited person can sign in and accept.
  def create
    user = User.create!(email: params.require(:email), role: :member)
    InvitationMailer.with(user: user, company: current_user.company).invite.deliver_later
    redirect_to team_path, notice: "Invited #{user.email}"
  end

  def accept
    company = Company.find(params.require(:company_id))
    current_user.update!(company: company)
    redirect_to dashboard_path
  end
end
