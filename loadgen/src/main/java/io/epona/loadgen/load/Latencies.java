package io.epona.loadgen.load;

import org.HdrHistogram.SingleWriterRecorder;

import java.util.List;

/**
 * The four histograms of a run: nanoseconds, three digits, one hour. Samples of the window of their intended time go
 * to one set; the others only feed the live display. Plain values: no correction for coordinated omission on top of
 * intended times.
 * <p>
 * {@code ack} and {@code lateness} are written by the generator's thread, {@code e2e} and {@code service} by the
 * consumers' thread; intervals are taken by the monitor.
 */
public final class Latencies
{
    /** Highest value that can be told, 1 h; what is longer counts as that. */
    public static final long MAX_NS = 3_600_000_000_000L;
    /** Significant decimal digits. */
    public static final int DIGITS = 3;
    /** Tags of the interval log, in the order of the constants of this class. */
    public static final List<String> TAGS = List.of("e2e", "ack", "service", "lateness");

    /** From the intended send time to receipt. */
    public static final int E2E = 0;
    /** From the intended send time to acknowledgement. */
    public static final int ACK = 1;
    /** From acceptance by the driver to receipt. */
    public static final int SERVICE = 2;
    /** From the time a message was due, and room for it was there, to the first attempt to send it. */
    public static final int LATENESS = 3;

    private static final int TAG_COUNT = TAGS.size();

    /** Those of samples outside the window, then those of samples in it. */
    private final SingleWriterRecorder[] recorders = new SingleWriterRecorder[2 * TAG_COUNT];

    /**
     * Empty histograms.
     */
    public Latencies()
    {
        for (int i = 0; i < recorders.length; i++)
        {
            recorders[i] = new SingleWriterRecorder(1, MAX_NS, DIGITS);
        }
    }

    /**
     * @param tag     one of the constants of this class.
     * @param window  of the message's {@link Timeline}.
     * @param valueNs to record.
     */
    void record(final int tag, final int window, final long valueNs)
    {
        recorders[window * TAG_COUNT + tag].recordValue(Math.min(Math.max(valueNs, 0), MAX_NS));
    }

    /**
     * @param tag one of the constants of this class.
     * @return the samples of the window; intervals are taken by the monitor only.
     */
    public SingleWriterRecorder measured(final int tag)
    {
        return recorders[TAG_COUNT + tag];
    }

    /**
     * @param tag one of the constants of this class.
     * @return the samples outside the window; intervals are taken by the monitor only.
     */
    public SingleWriterRecorder unmeasured(final int tag)
    {
        return recorders[tag];
    }
}
