# frozen_string_literal: true

require "openssl"
require "rack/utils"

# Checks the provider's signature: the HMAC of the body with our shared secret.
class Signature
  HEADER = "HTTP_X_PAY_SIGNATURE"

  def initialize(secret)
    @secret = secret
  end

  def valid?(request)
    given = request.get_header(HEADER).to_s
    Rack::Utils.secure_compare(expected(request.body.read), given)
  end

  private

  def expected(body)
    OpenSSL::HMAC.hexdigest("SHA256", @secret, body)
  end
end
