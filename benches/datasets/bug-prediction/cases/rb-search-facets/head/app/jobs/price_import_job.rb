class PriceImportJob < ApplicationJob
  def perform(price_list_id, rows)
    list = PriceList.find(price_list_id)
    Current.set(price_list: list) do
      list.replace_prices(rows)
      FacetQuery.clear
    end
  end
end
