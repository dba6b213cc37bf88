package example.courier.pricing;

/** A delivery zone with the price of its first kilogram, in cents. */
public record TariffZone(String name, int firstKilo, int nextKilo) {

    public static final TariffZone REMOTE = new TariffZone("remote", 1290, 410);

    public int priceFor(int kilos) {
        return firstKilo + Math.max(0, kilos - 1) * nextKilo;
    }
}
