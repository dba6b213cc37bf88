# frozen_string_literal: true

require "rails_helper"

RSpec.describe ReportMailerService do
  it "writes to every manager" do
    site = create(:site, managers: create_list(:user, 2))
    expect(described_class.new.deliver(site, Date.new(2025, 3, 3))).to eq(2)
  end
end
