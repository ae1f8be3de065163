package io.epona.engine.log;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A cut of a log's end, or a log that begins anew: asked for by the owner, done by the housekeeper, taken over by the
 * owner.
 * <p>
 * <b>Hand-over without locks.</b> With the request the owner gives away all that it writes otherwise: the active
 * segment, positions, epochs, producers. It stores nothing until the completion is seen, and mutators return
 * BACK_PRESSURED. The release of the request pairs with the housekeeper's acquire, the release of the completion with
 * the owner's.
 */
public final class LogTruncation
{
    private static final VarHandle RESULT;
    private static final long PENDING = Long.MIN_VALUE;

    static
    {
        try
        {
            RESULT = MethodHandles.lookup().findVarHandle(LogTruncation.class, "result", long.class);
        }
        catch (final ReflectiveOperationException ex)
        {
            throw new ExceptionInInitializerError(ex);
        }
    }

    private final LogAppender appender;
    private final long offset;
    private final boolean isReset;
    private long result = PENDING;

    private Segment active;
    private LogEnd end;
    private ProducerStates producers;

    LogTruncation(final LogAppender appender, final long offset, final boolean isReset)
    {
        this.appender = appender;
        this.offset = offset;
        this.isReset = isReset;
    }

    /**
     * Look whether it is done, and go on in the log if so. Owner only.
     *
     * @return whether it is done.
     */
    public boolean poll()
    {
        if (!isDone())
        {
            return false;
        }

        appender.adopt(this);
        return true;
    }

    /**
     * @return whether the log is cut, or could not be. Any thread.
     */
    public boolean isDone()
    {
        return PENDING != result();
    }

    /**
     * Outcome, when it is done. Any thread.
     *
     * @return where the log ends: the offset that was asked for, or the base offset of the batch that holds it, if that
     *         is a batch's; or a negative code: OFFSET_OUT_OF_RANGE below the log start, PARTITION_FENCED where the
     *         storage failed, CLOSED, UNKNOWN_TOPIC.
     */
    public long result()
    {
        // pairs with the release in complete
        return (long)RESULT.getAcquire(this);
    }

    long offset()
    {
        return offset;
    }

    boolean isReset()
    {
        return isReset;
    }

    /** Housekeeper. */
    void complete(final Segment newActive, final LogEnd newEnd, final ProducerStates newProducers)
    {
        active = newActive;
        end = newEnd;
        producers = newProducers;
        complete(newEnd.offset());
    }

    /** Nothing was changed, or nobody may append any more. */
    void complete(final long code)
    {
        // pairs with the acquire in result()
        RESULT.setRelease(this, code);
    }

    Segment active()
    {
        return active;
    }

    LogEnd end()
    {
        return end;
    }

    ProducerStates producers()
    {
        return producers;
    }
}
