package io.epona.engine.log;

/**
 * What the logs of an engine share for compaction: the memory for keys, which one log has at a time. Owned by the
 * housekeeper's thread.
 */
public final class LogCleaner
{
    /** Memory for keys, where nothing else is set: four million keys. */
    public static final long BUFFER_LENGTH_DEFAULT = 128 * 1024 * 1024;

    private final CompactionMap map;
    private final CleaningDefect defect;
    private Object holder;

    /**
     * @param bufferLength bytes of memory for keys, 24 for each, of which three quarters are used; taken when a log is
     *                     compacted, as far as its keys need it, and given back after that.
     */
    public LogCleaner(final long bufferLength)
    {
        this(bufferLength, CleaningDefect.NONE);
    }

    /**
     * @param bufferLength bytes of memory for keys.
     * @param defect       planted: for simulators alone.
     */
    public LogCleaner(final long bufferLength, final CleaningDefect defect)
    {
        this.map = new CompactionMap(bufferLength);
        this.defect = defect;
    }

    /** With the default length. */
    public LogCleaner()
    {
        this(BUFFER_LENGTH_DEFAULT);
    }

    /**
     * Take the memory.
     *
     * @param log that compacts.
     * @return false where another log has it.
     */
    boolean acquire(final Object log)
    {
        if (null == holder)
        {
            holder = log;
        }

        return log == holder;
    }

    /** Give the memory back, where this log has it. */
    void release(final Object log)
    {
        if (log == holder)
        {
            holder = null;
            map.release();
        }
    }

    CompactionMap map()
    {
        return map;
    }

    /**
     * @param positions of a log.
     * @return offset from which on nothing goes, and makes nothing go: what is not committed.
     */
    long limit(final LogPositions positions)
    {
        return CleaningDefect.PAST_COMMIT == defect ? positions.logEnd() : positions.committedEnd();
    }

    /**
     * @return whether a trace is left of the first batch of each epoch.
     */
    boolean isEpochKept()
    {
        return CleaningDefect.FIRST_OF_EPOCH != defect;
    }
}
