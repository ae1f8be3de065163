package io.epona.engine.log;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What the owner, the housekeeper and the readers of one log share; every field names its writer. There are no locks:
 * each is handed over by one release store and one acquire load.
 */
final class LogState
{
    private static final VarHandle APPEND_REFUSAL;
    private static final VarHandle READ_REFUSAL;
    private static final VarHandle PREPARED;
    private static final VarHandle WANTED_LENGTH;
    private static final VarHandle DIRECTORY;
    private static final VarHandle OWNER;
    private static final VarHandle WANTED_INDEX;
    private static final VarHandle DAMAGE;
    private static final VarHandle IS_SPARE_WANTED;
    private static final VarHandle TRUNCATION;
    private static final VarHandle TRUNCATION_REQUEST;

    static
    {
        try
        {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            APPEND_REFUSAL = lookup.findVarHandle(LogState.class, "appendRefusal", int.class);
            READ_REFUSAL = lookup.findVarHandle(LogState.class, "readRefusal", int.class);
            PREPARED = lookup.findVarHandle(LogState.class, "prepared", Segment.class);
            WANTED_LENGTH = lookup.findVarHandle(LogState.class, "wantedLength", int.class);
            DIRECTORY = lookup.findVarHandle(LogState.class, "directory", Segment[].class);
            IS_SPARE_WANTED = lookup.findVarHandle(LogState.class, "isSpareWanted", boolean.class);
            WANTED_INDEX = lookup.findVarHandle(LogState.class, "wantedIndex", Segment.class);
            DAMAGE = lookup.findVarHandle(LogState.class, "damage", LogDamage.class);
            OWNER = lookup.findVarHandle(LogState.class, "owner", Thread.class);
            TRUNCATION_REQUEST =
                lookup.findVarHandle(LogState.class, "truncationRequest", LogTruncation.class);
            TRUNCATION = lookup.findVarHandle(LogState.class, "truncation", Truncation.class);
        }
        catch (final ReflectiveOperationException ex)
        {
            throw new ExceptionInInitializerError(ex);
        }
    }

    final LogPositions positions;
    final ReaderTable readers = new ReaderTable();
    final LogCounters counters;
    final long topicId;
    final int partition;
    final TimestampType timestampType;

    private int appendRefusal;
    private int readRefusal;
    private int endRefusal;
    private Segment prepared;
    private int wantedLength;
    private Segment[] directory;
    private Thread owner;
    private Segment wantedIndex;
    private LogDamage damage;
    private boolean isSpareWanted;
    private LogTruncation truncationRequest;
    private Truncation truncation = new Truncation(Long.MAX_VALUE);

    LogState(
        final long topicId,
        final int partition,
        final LogPositions positions,
        final TimestampType timestampType,
        final Segment[] directory)
    {
        this.timestampType = timestampType;
        this.topicId = topicId;
        this.partition = partition;
        this.positions = positions;
        this.counters = new LogCounters(this);
        directory(directory);
    }

    /**
     * @return 0, or the code with which mutators refuse. Any thread.
     */
    int appendRefusal()
    {
        // pairs with the release in appendRefusal(int)
        return (int)APPEND_REFUSAL.getAcquire(this);
    }

    /** Housekeeper only. */
    void appendRefusal(final int code)
    {
        // pairs with the acquire in appendRefusal()
        APPEND_REFUSAL.setRelease(this, code);
    }

    /**
     * @return 0, or the code that readers return. To be read under a pin. Any thread.
     */
    int readRefusal()
    {
        // pairs with the release in readRefusal(int)
        return (int)READ_REFUSAL.getAcquire(this);
    }

    /** Housekeeper only. */
    void readRefusal(final int code)
    {
        // pairs with the acquire in readRefusal(); the full fences order it against the pins
        READ_REFUSAL.setRelease(this, code);
    }

    /**
     * @return 0, or the code that readers return at the end of what can be read: more was there and is damaged.
     */
    int endRefusal()
    {
        return endRefusal;
    }

    /** Before the log is used. */
    void endRefusal(final int code)
    {
        endRefusal = code;
    }

    /**
     * @return the segment that waits for the owner, or null.
     */
    Segment prepared()
    {
        // pairs with the release in prepared(Segment): mapping and limit are visible
        return (Segment)PREPARED.getAcquire(this);
    }

    /** The housekeeper sets it while it is null, the owner takes it by setting null. */
    void prepared(final Segment segment)
    {
        // pairs with the acquire in prepared()
        PREPARED.setRelease(this, segment);
    }

    /**
     * @return length of the longest batch for which there was no room.
     */
    int wantedLength()
    {
        // pairs with the release in wantedLength(int)
        return (int)WANTED_LENGTH.getAcquire(this);
    }

    /** Owner only. */
    void wantedLength(final int length)
    {
        // pairs with the acquire in wantedLength()
        WANTED_LENGTH.setRelease(this, length);
    }

    /**
     * @return segments in the order of their offsets; it may end before the last one and begin before the log start.
     */
    Segment[] directory()
    {
        // pairs with the release in directory(Segment[])
        return (Segment[])DIRECTORY.getAcquire(this);
    }

    /** Housekeeper only. */
    void directory(final Segment[] segments)
    {
        // pairs with the acquire in directory()
        DIRECTORY.setRelease(this, segments);
    }

    /**
     * @return what the owner wants to be cut, or null. The log is the housekeeper's while it stands.
     */
    LogTruncation truncationRequest()
    {
        // pairs with the release in truncationRequest(LogTruncation): all stores of the owner are visible
        return (LogTruncation)TRUNCATION_REQUEST.getAcquire(this);
    }

    /** The owner sets it while it is null, the housekeeper takes it away before it completes it. */
    void truncationRequest(final LogTruncation request)
    {
        // pairs with the acquire in truncationRequest()
        TRUNCATION_REQUEST.setRelease(this, request);
    }

    /**
     * @return the last cut of the log's end; at first one that cut nothing. Any thread.
     */
    Truncation truncation()
    {
        // pairs with the release in truncated(long)
        return (Truncation)TRUNCATION.getAcquire(this);
    }

    /**
     * Tell readers that the log was cut: whose position is above the offset gets TRUNCATED until it seeks, the others
     * find their place anew. Housekeeper only, after the owner lowered the high watermark to the offset at most, and
     * before the pins are waited for: only then may bytes at and above the offset be changed.
     *
     * @param offset from which on everything is cut.
     */
    void truncated(final long offset)
    {
        final Truncation latest = new Truncation(offset);
        truncation().next(latest);
        // pairs with the acquire in truncation()
        TRUNCATION.setRelease(this, latest);
    }

    /**
     * A sealed segment is to be searched and has no index in memory. Any reader; of several at once one is heard, the
     * others are to ask again.
     */
    void wantIndex(final Segment segment)
    {
        // pairs with takeWantedIndex()
        WANTED_INDEX.setRelease(this, segment);
    }

    /** Housekeeper only. */
    Segment takeWantedIndex()
    {
        // pairs with the release in wantIndex
        return null == (Segment)WANTED_INDEX.getOpaque(this) ? null : (Segment)WANTED_INDEX.getAndSet(this, null);
    }

    /**
     * What is committed cannot be read: the log is to be fenced. Any reader; the first one is heard.
     */
    void damage(final LogDamage found)
    {
        // pairs with the acquire in damage()
        DAMAGE.compareAndSet(this, null, found);
    }

    /**
     * @return what a reader found, or null. Any thread.
     */
    LogDamage damage()
    {
        // pairs with the exchange in damage(LogDamage)
        return (LogDamage)DAMAGE.getAcquire(this);
    }

    /**
     * @return whether the owner is to leave its segment because of its age, and nothing is prepared to go to.
     */
    boolean isSpareWanted()
    {
        // pairs with the release in isSpareWanted(boolean)
        return (boolean)IS_SPARE_WANTED.getAcquire(this);
    }

    /** Owner only. */
    void isSpareWanted(final boolean isWanted)
    {
        // pairs with the acquire in isSpareWanted()
        IS_SPARE_WANTED.setRelease(this, isWanted);
    }

    /**
     * @return whether the owner or a reader waits for a step of the housekeeper, which is the one to ask.
     */
    boolean isAnythingWanted()
    {
        if (null != truncationRequest() || isSpareWanted() || null != (Segment)WANTED_INDEX.getOpaque(this))
        {
            return true;
        }
        for (final ReaderSlot slot : readers.slots())
        {
            if (null != slot.wantedSegment())
            {
                return true;
            }
        }

        return false;
    }

    /**
     * @return the thread that may mutate, or null. Any thread.
     */
    Thread owner()
    {
        // pairs with the release in owner(Thread)
        return (Thread)OWNER.getAcquire(this);
    }

    void owner(final Thread thread)
    {
        // pairs with the acquire in owner(): all stores of the former owner are visible
        OWNER.setRelease(this, thread);
    }

    /**
     * Make the calling thread the owner of a log that has none.
     *
     * @return whether it is the owner now.
     */
    boolean adopt()
    {
        final Thread thread = Thread.currentThread();
        // pairs with the release in owner(Thread); of two threads at once one is refused
        return thread == owner() || OWNER.compareAndSet(this, null, thread);
    }

    /**
     * What a mutator throws that must not be called now.
     *
     * @param reason where it was called by the owner.
     * @return the exception, which names the owner where it was called by another thread.
     */
    IllegalStateException illegalUse(final String reason)
    {
        final Thread owner = owner();
        return new IllegalStateException(Thread.currentThread() == owner ? reason :
            "partition " + partition + " is owned by " + (null == owner ? "no thread" : owner.getName()) +
            ", called by " + Thread.currentThread().getName());
    }
}
