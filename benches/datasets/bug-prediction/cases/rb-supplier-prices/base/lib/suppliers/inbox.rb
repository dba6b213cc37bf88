# frozen_string_literal: true

require_relative "price_list"

module Suppliers
  # Price lists that came by mail, one file for each supplier.
  class Inbox
    def initialize(folder)
      @folder = folder
    end

    def lists
      Dir.glob(File.join(@folder, "*.csv")).to_h do |path|
        [File.basename(path, ".csv"), PriceList.new(File.read(path, encoding: "UTF-8"))]
      end
    end
  end
end
