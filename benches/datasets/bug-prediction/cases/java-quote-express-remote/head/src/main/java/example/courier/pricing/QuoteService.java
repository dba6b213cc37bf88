package example.courier.pricing;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.util.Set;

/** Prices parcels for the quote form and the label printer. */
public class QuoteService {
    private static final int SATURDAY_PERCENT = 25;
    private static final int EXPRESS_PERCENT = 40;
    private static final Set<String> EXPRESS_ZONES = Set.of("city", "ring");

    private final ZoneTable zones;

    public QuoteService(ZoneTable zones) {
        this.zones = zones;
    }

    /** Price in cents; the postcode has been checked to be five digits. */
    public int quote(String postcode, int kilos, LocalDate pickup) {
        return quote(postcode, kilos, pickup, false);
    }

    /** The same with the express surcharge where the zone has same-day delivery. */
    public int quote(String postcode, int kilos, LocalDate pickup, boolean express) {
        TariffZone zone = zones.find(postcode);
        int price = zone.priceFor(kilos);
        int percent = 0;
        if (pickup.getDayOfWeek() == DayOfWeek.SATURDAY) {
            percent += SATURDAY_PERCENT;
        }
        if (express && EXPRESS_ZONES.contains(zone.name())) {
            percent += EXPRESS_PERCENT;
        }
        return price + price * percent / 100;
    }
}
