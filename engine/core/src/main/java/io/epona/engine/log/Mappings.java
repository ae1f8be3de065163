package io.epona.engine.log;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the mapped segment files of all logs of an engine, so that logs which keep mappings for convenience let go of
 * them before the host runs out ({@code vm.max_map_count}). Any thread.
 */
public final class Mappings
{
    /** Half of Linux's stock limit. */
    public static final int LIMIT_DEFAULT = 32_768;

    private final AtomicInteger count = new AtomicInteger();
    private final int limit;

    /**
     * @param limit from which on a log keeps no mapping but those that it needs.
     */
    public Mappings(final int limit)
    {
        this.limit = limit;
    }

    /**
     * @return mapped segment files, as last counted by each log's housekeeper.
     */
    public int count()
    {
        return count.get();
    }

    void add(final int difference)
    {
        if (0 != difference)
        {
            count.addAndGet(difference);
        }
    }

    boolean isTight()
    {
        return count.get() >= limit;
    }
}
