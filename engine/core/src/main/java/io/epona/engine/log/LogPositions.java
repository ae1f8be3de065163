package io.epona.engine.log;

import org.agrona.concurrent.UnsafeBuffer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Keeps the fields of the owner off the cache line of the object's header and neighbours. */
abstract class LogPositionsLeadingPadding
{
    @SuppressWarnings("unused")
    private long p01;
    @SuppressWarnings("unused")
    private long p02;
    @SuppressWarnings("unused")
    private long p03;
    @SuppressWarnings("unused")
    private long p04;
    @SuppressWarnings("unused")
    private long p05;
    @SuppressWarnings("unused")
    private long p06;
    @SuppressWarnings("unused")
    private long p07;
    @SuppressWarnings("unused")
    private long p08;
    @SuppressWarnings("unused")
    private long p09;
    @SuppressWarnings("unused")
    private long p10;
    @SuppressWarnings("unused")
    private long p11;
    @SuppressWarnings("unused")
    private long p12;
    @SuppressWarnings("unused")
    private long p13;
    @SuppressWarnings("unused")
    private long p14;
}

/** Written by the owner with every batch. */
abstract class LogPositionsOfOwner extends LogPositionsLeadingPadding
{
    long position;
    long logEnd;
    long highWatermark;
    /** Where the log end is stored as well, or null. */
    UnsafeBuffer mirror;
    int mirrorIndex;
}

/** Keeps the fields of the owner off the line of the housekeeper's. */
abstract class LogPositionsMiddlePadding extends LogPositionsOfOwner
{
    @SuppressWarnings("unused")
    private long p15;
    @SuppressWarnings("unused")
    private long p16;
    @SuppressWarnings("unused")
    private long p17;
    @SuppressWarnings("unused")
    private long p18;
    @SuppressWarnings("unused")
    private long p19;
    @SuppressWarnings("unused")
    private long p20;
    @SuppressWarnings("unused")
    private long p21;
    @SuppressWarnings("unused")
    private long p22;
    @SuppressWarnings("unused")
    private long p23;
    @SuppressWarnings("unused")
    private long p24;
    @SuppressWarnings("unused")
    private long p25;
    @SuppressWarnings("unused")
    private long p26;
    @SuppressWarnings("unused")
    private long p27;
    @SuppressWarnings("unused")
    private long p28;
}

/**
 * Where a log begins and ends, for all threads. The owner writes log end, high watermark and the count of bytes, in
 * this order of meaning: what lies below a published high watermark is in memory before it and never changes after.
 * The housekeeper writes the log start, the flusher the flushed end.
 */
final class LogPositions extends LogPositionsMiddlePadding
{
    /** Stands for the high watermark of a log that has no replicas elsewhere. */
    static final long ALONE = -1;

    private static final VarHandle POSITION;
    private static final VarHandle LOG_END;
    private static final VarHandle HIGH_WATERMARK;
    private static final VarHandle LOG_START;
    private static final VarHandle FLUSHED_END;

    static
    {
        try
        {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            POSITION = lookup.findVarHandle(LogPositionsOfOwner.class, "position", long.class);
            LOG_END = lookup.findVarHandle(LogPositionsOfOwner.class, "logEnd", long.class);
            HIGH_WATERMARK = lookup.findVarHandle(LogPositionsOfOwner.class, "highWatermark", long.class);
            LOG_START = lookup.findVarHandle(LogPositions.class, "logStart", long.class);
            FLUSHED_END = lookup.findVarHandle(LogPositions.class, "flushedEnd", long.class);
        }
        catch (final ReflectiveOperationException ex)
        {
            throw new ExceptionInInitializerError(ex);
        }
    }

    private final boolean isCommittedOnDisk;
    private final boolean isReplicated;
    private long logStart;
    private long flushedEnd;

    /**
     * @param logStart      first offset kept.
     * @param logEnd        next offset to be written; what lies below it is on disk.
     * @param highWatermark that was known, of a log with replicas elsewhere; {@link #ALONE} for a log that has none:
     *                      what is in it is committed.
     * @param flushPolicy   of the log.
     */
    LogPositions(final long logStart, final long logEnd, final long highWatermark, final FlushPolicy flushPolicy)
    {
        this.isCommittedOnDisk = FlushPolicy.COMMIT == flushPolicy;
        this.isReplicated = ALONE != highWatermark;
        FLUSHED_END.setRelease(this, logEnd);
        LOG_START.setRelease(this, logStart);
        LOG_END.setRelease(this, logEnd);
        HIGH_WATERMARK.setRelease(this, isReplicated ? Math.max(logStart, Math.min(highWatermark, logEnd)) : logEnd);
    }

    /**
     * @return whether the high watermark is set by who replicates the log, instead of following the log end.
     */
    boolean isReplicated()
    {
        return isReplicated;
    }

    /**
     * Publish a batch that stands in the log. Owner only.
     *
     * @param newPosition bytes appended since the log was opened.
     * @param newLogEnd   next offset to be written.
     */
    void publish(final long newPosition, final long newLogEnd)
    {
        // pairs with the acquire in position(): batch and roll are visible to the housekeeper
        POSITION.setRelease(this, newPosition);
        // pairs with the acquire in logEnd()
        LOG_END.setRelease(this, newLogEnd);
        if (null != mirror)
        {
            mirror.putLongOrdered(mirrorIndex, newLogEnd);
        }
    }

    /**
     * Let readers see everything below an offset. Owner only.
     */
    void highWatermark(final long offset)
    {
        // pairs with the acquire in highWatermark(): all batches below it are visible
        HIGH_WATERMARK.setRelease(this, offset);
    }

    /**
     * Say that everything below an offset is on disk, or, after the log was cut, that no more than that is. The
     * flusher's thread only, or that of the housekeeper while nothing is being flushed.
     */
    void flushedEnd(final long offset)
    {
        // pairs with the acquire in flushedEnd()
        FLUSHED_END.setRelease(this, offset);
    }

    /**
     * Take everything below an offset from readers, unless that was done. The housekeeper, and the owner of a log that
     * follows another: of the two, the higher offset stays.
     */
    void raiseLogStart(final long offset)
    {
        // pairs with the acquire in logStart(); the full fences of readers and housekeeper order it against the pins
        long known = logStart();
        while (known < offset && !LOG_START.compareAndSet(this, known, offset))
        {
            known = logStart();
        }
    }

    /**
     * Let the log begin at an offset, which may be a lower one. Housekeeper only, while the owner waits.
     */
    void logStart(final long offset)
    {
        // pairs with the acquire in logStart(); the full fences of readers and housekeeper order it against the pins
        LOG_START.setRelease(this, offset);
    }

    long position()
    {
        // pairs with the release in publish
        return (long)POSITION.getAcquire(this);
    }

    long logEnd()
    {
        // pairs with the release in publish
        return (long)LOG_END.getAcquire(this);
    }

    long highWatermark()
    {
        // pairs with the release in highWatermark(long)
        return (long)HIGH_WATERMARK.getAcquire(this);
    }

    long logStart()
    {
        // pairs with the release in logStart(long)
        return (long)LOG_START.getAcquire(this);
    }

    /**
     * @return first offset of which it is not known that it and all before it are on disk. Any thread.
     */
    long flushedEnd()
    {
        // pairs with the release in flushedEnd(long)
        return (long)FLUSHED_END.getAcquire(this);
    }

    /**
     * @return first offset that is not committed, which is as far as readers see: the high watermark, and under the
     *         flush policy COMMIT no more than what is on disk. Any thread.
     */
    long committedEnd()
    {
        // The acquire of the high watermark makes the batches visible, whichever of the two is less.
        final long highWatermark = highWatermark();
        return isCommittedOnDisk ? Math.min(highWatermark, flushedEnd()) : highWatermark;
    }
}
