require_relative "../lib/warehouse/shelf"

RSpec.describe Warehouse::Shelf do
  it "reads hall, rack and level" do
    shelf = described_class.parse("B-12-3")
    expect(shelf.to_a).to eq(["B", 12, 3])
  end

  it "refuses letters and missing parts" do
    expect { described_class.parse("A-O7-2") }.to raise_error(Warehouse::BadCode)
    expect { described_class.parse("A-12") }.to raise_error(Warehouse::BadCode)
  end

  it "writes racks with two digits" do
    expect(described_class.new("A", 7, 1).to_s).to eq("A-07-1")
  end
end
