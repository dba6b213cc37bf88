package example.courier.pricing;

import java.time.DayOfWeek;
import java.time.LocalDate;

/** Prices parcels for the quote form and the label printer. */
public class QuoteService {
    private static final int SATURDAY_PERCENT = 25;

    private final ZoneTable zones;

    public QuoteService(ZoneTable zones) {
        this.zones = zones;
    }

    /** Price in cents; the postcode has been checked to be five digits. */
    public int quote(String postcode, int kilos, LocalDate pickup) {
        TariffZone zone = zones.find(postcode);
        if (zone == null) {
            zone = TariffZone.REMOTE;
        }
        int price = zone.priceFor(kilos);
        if (pickup.getDayOfWeek() == DayOfWeek.SATURDAY) {
            price += price * SATURDAY_PERCENT / 100;
        }
        return price;
    }
}
