require "csv"

module Import
  # Reads the member list that a club uploads. Empty cells are nil.
  class Reader
    COLUMNS = %w[name email group].freeze

    def initialize(text)
      @text = text
    end

    def rows
      CSV.parse(@text, headers: true, col_sep: separator).map do |row|
        row.to_h.slice(*COLUMNS)
      end
    end

    private

    def separator
      @text.lines.first.to_s.include?(";") ? ";" : ","
    end
  end
end
