class PriceImportJob < ApplicationJob
  def perform(price_list_id, rows)
    list = PriceList.find(price_list_id)
    Current.set(price_list: list) { list.replace_prices(rows) }
  end
end
