# Facets for the search page: brands, and price ranges as the customer's contract has them.
class FacetQuery
  RANGES = [0..49, 50..199, 200..999].freeze

  def initialize(category)
    @category = category
  end

  def call
    products = visible.to_a
    {
      brands: products.map(&:brand).tally,
      prices: RANGES.to_h { |range| [range.to_s, products.count { |p| range.cover?(p.euros) }] }
    }
  end

  private

  # Only products that the price list of the customer names.
  def visible
    @category.products.joins(:prices).merge(Current.price_list.prices)
             .select("products.*, prices.cents / 100 AS euros")
  end
end
