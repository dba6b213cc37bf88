# frozen_string_literal: true

require "minitest/autorun"
require_relative "../lib/stocktake/csv_import"
require_relative "../lib/stocktake/difference"

class DifferenceTest < Minitest::Test
  def test_adds_shelves
    count = Stocktake::CsvImport::Count
    counts = [count.new(sku: "A", quantity: 2), count.new(sku: "A", quantity: 1)]
    assert_equal({ "A" => -1 }, Stocktake::Difference.new({ "A" => 4 }).of(counts))
  end

  def test_names_the_shelf_to_count_again
    count = Stocktake::CsvImport::Count
    counts = [count.new(sku: "A", quantity: 2, shelf: "R1"), count.new(sku: "A", quantity: 1, shelf: "R2")]
    assert_equal({ "A" => "R2" }, Stocktake::Difference.new({}).recount(counts))
  end
end
