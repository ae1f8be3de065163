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
    private Object holder;

    /**
     * @param bufferLength bytes of memory for keys, 24 for each, of which three quarters are used; taken when a log is
     *                     compacted, as far as its keys need it, and given back after that.
     */
    public LogCleaner(final long bufferLength)
    {
        map = new CompactionMap(bufferLength);
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
}
