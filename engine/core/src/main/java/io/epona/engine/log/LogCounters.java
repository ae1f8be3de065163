package io.epona.engine.log;

import io.epona.engine.PartitionCounters;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Counters of a log. Each has one writer, so an increment is a plain read and an ordered store.
 */
final class LogCounters implements PartitionCounters
{
    /** Written by the owner. */
    static final int RUNWAY_MISSES = 16;
    /** Written by the owner. */
    static final int ROLLS = 17;
    /** Written by the housekeeper, as are those below. */
    static final int RECYCLED = 33;
    static final int RETIRED = 34;
    static final int STORAGE_ERRORS = 35;
    static final int SEALED_BYTES = 36;
    static final int INDEX_REBUILDS = 37;
    static final int COMPACTED = 38;
    private static final int PADDED_LENGTH = 55;
    private static final VarHandle VALUE = MethodHandles.arrayElementVarHandle(long[].class);

    private final LogState state;
    private final long[] values = new long[PADDED_LENGTH];

    LogCounters(final LogState state)
    {
        this.state = state;
    }

    void increment(final int counter)
    {
        add(counter, 1);
    }

    void add(final int counter, final long value)
    {
        VALUE.setOpaque(values, counter, values[counter] + value);
    }

    private long value(final int counter)
    {
        return (long)VALUE.getOpaque(values, counter);
    }

    @Override
    public long logStart()
    {
        return state.positions.logStart();
    }

    @Override
    public long highWatermark()
    {
        return state.positions.committedEnd();
    }

    @Override
    public long logEnd()
    {
        return state.positions.logEnd();
    }

    @Override
    public long runwayMisses()
    {
        return value(RUNWAY_MISSES);
    }

    @Override
    public long appendedBytes()
    {
        return state.positions.position();
    }

    @Override
    public long rolls()
    {
        return value(ROLLS);
    }

    @Override
    public long recycledSegments()
    {
        return value(RECYCLED);
    }

    @Override
    public long retiredSegments()
    {
        return value(RETIRED);
    }

    @Override
    public long compactedSegments()
    {
        return value(COMPACTED);
    }

    @Override
    public long storageErrors()
    {
        return value(STORAGE_ERRORS);
    }

    @Override
    public long indexRebuilds()
    {
        return value(INDEX_REBUILDS);
    }

    @Override
    public long sizeBytes()
    {
        final Segment[] directory = state.directory();
        final Segment last = directory[directory.length - 1];
        final int tail = last.tail(state.positions.position());
        return value(SEALED_BYTES) + Math.max(SegmentDescriptor.HEADER_LENGTH, Math.min(tail, last.capacity()));
    }

    @Override
    public int refusal()
    {
        return state.appendRefusal();
    }
}
