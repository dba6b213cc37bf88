class SearchController < ApplicationController
  before_action :require_customer

  def facets
    category = Category.find(params[:category_id])
    render json: FacetQuery.new(category).call
  end
end
