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
 * </pre>
 *
 * Radio noise cuts frames short at any byte; such frames are dropped.
 */
public class FrameDecoder {
    private static final int LENGTH = 13;

    public Optional<Reading> decode(byte[] frame) {
        if (frame.length < LENGTH) {
            return Optional.empty();
        }
        ByteBuffer in = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
        int version = in.get();
        if (version != 1) {
            return Optional.empty();
        }
        return Optional.of(new Reading(in.getLong(), in.getInt(), 0));
    }
}
