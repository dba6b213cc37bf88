package example.metering.radio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * Decodes the frames that the gateways forward.
 *
 * <pre>
 * byte 0      version
 * byte 1..8   serial number
 * byte 9..12  watt hours
 * byte 13..14 signal in dBm, version 2 only
 * </pre>
 *
 * Radio noise cuts frames short at any byte; such frames are dropped.
 */
public class FrameDecoder {
    private static final int LENGTH = 13;
    private static final int V1 = 1;
    private static final int V2 = 2;

    public Optional<Reading> decode(byte[] frame) {
        if (frame.length < LENGTH) {
            return Optional.empty();
        }
        ByteBuffer in = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
        int version = in.get();
        if (version != V1 && version != V2) {
            return Optional.empty();
        }
        long serial = in.getLong();
        int wattHours = in.getInt();
        int signal = 0;
        if (version == V2) {
            signal = in.getShort();
        }
        return Optional.of(new Reading(serial, wattHours, signal));
    }
}
