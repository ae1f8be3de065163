package io.epona.loadgen.load;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts of a running load, for display and flow control across threads. Each cell has one writer, a data thread,
 * which stores with release order once a turn; readers load with acquire order, so what a count tells has happened.
 */
public final class Progress
{
    /** The parts of a run. */
    public enum Phase
    {
        /** Launching and connecting. */
        SETUP,
        /** Load that is not measured. */
        WARMUP,
        /** The window. */
        MEASURE,
        /** Waiting for what is on its way. */
        DRAIN,
        /** Data threads have ended. */
        DONE
    }

    /** Messages that were due. Written by the generator. */
    public static final int SCHEDULED = 0;
    /** Messages that the driver took. Written by the generator. */
    public static final int ACCEPTED = 1;
    /** Messages acknowledged. Written by the generator. */
    public static final int ACKED = 2;
    /** Messages refused by an acknowledgement. Written by the generator. */
    public static final int REFUSED = 3;
    /** Attempts to send that met back-pressure. Written by the generator. */
    public static final int BACK_PRESSURED = 4;
    /** Phase, as an ordinal. Written by the generator. */
    public static final int PHASE = 5;
    /** Messages delivered intact for the first time. Written by the consumers' thread. */
    public static final int DELIVERED = 6;
    /** Their bytes. Written by the consumers' thread. */
    public static final int DELIVERED_BYTES = 7;
    /** See {@link io.epona.loadgen.verify.DeliveryChecker}. Written by the consumers' thread. */
    public static final int DUPLICATED = 8;
    /** See {@link io.epona.loadgen.verify.DeliveryChecker}. Written by the consumers' thread. */
    public static final int REORDERED = 9;
    /** See {@link io.epona.loadgen.verify.DeliveryChecker}. Written by the consumers' thread. */
    public static final int CORRUPT = 10;
    /** Taken for lost so far. Written by the consumers' thread. */
    public static final int MISSING = 11;

    private static final int CELLS = 12;
    /** Two cache lines a cell: the adjacent-line prefetcher must not couple the two writers. */
    private static final int STRIDE = 16;

    private final AtomicLongArray cells = new AtomicLongArray((CELLS + 2) * STRIDE);

    void set(final int cell, final long value)
    {
        cells.setRelease((cell + 1) * STRIDE, value);
    }

    /**
     * @param cell one of the constants of this class.
     * @return its value; any thread.
     */
    public long get(final int cell)
    {
        return cells.getAcquire((cell + 1) * STRIDE);
    }

    /**
     * @return the phase; any thread.
     */
    public Phase phase()
    {
        return PHASES[(int)get(PHASE)];
    }

    private static final Phase[] PHASES = Phase.values();
}
