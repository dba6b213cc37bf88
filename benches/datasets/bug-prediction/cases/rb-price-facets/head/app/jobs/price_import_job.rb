class PriceImportJob < ApplicationJob
  def perform(price_list_id, rows)
    list = PriceList.find(price_list_id)
    list.replace_prices(rows)
    FacetQuery.clear
  end
end
