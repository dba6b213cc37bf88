package example.metering.radio;

import java.util.List;
import java.util.function.Consumer;

/** Takes the batches of a gateway and passes on what can be read. */
public class GatewayListener {
    private final FrameDecoder decoder = new FrameDecoder();
    private final Consumer<Reading> sink;
    private long dropped;

    public GatewayListener(Consumer<Reading> sink) {
        this.sink = sink;
    }

    public void onBatch(List<byte[]> frames) {
        for (byte[] frame : frames) {
            decoder.decode(frame).ifPresentOrElse(sink, () -> dropped++);
        }
    }

    public long dropped() {
        return dropped;
    }
}
