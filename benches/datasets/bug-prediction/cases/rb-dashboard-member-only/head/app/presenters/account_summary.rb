# frozen_string_literal: true

# What the head of the dashboard says about the account.
class AccountSummary
  attr_reader :user

  def initialize(user)
    @user = user
  end

  def greeting
    "Hello #{user.display_name}"
  end

  def plan_name
    company.plan.name
  end

  def seats_left
    company.plan.seats - company.users.count
  end

  def trial_notice
    days = company.trial_days_left
    return if days.zero?

    "Your trial ends in #{days} #{'day'.pluralize(days)}"
  end

  private

  def company
    user.company
  end
end
