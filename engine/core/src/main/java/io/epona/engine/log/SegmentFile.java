package io.epona.engine.log;

import io.epona.engine.Storage;
import io.epona.engine.Storage.Region;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A segment's file and its mapping: what outlives a segment when retention gives it back for
 * reuse. Owned by the housekeeper (or the thread that opens the log).
 */
final class SegmentFile
{
    static final int PAGE_LENGTH = 4096;

    private final Storage storage;
    private final Region region;
    private final int length;
    private final int indexIntervalBytes;
    private Path path;
    private int allocated;
    private boolean reused;

    SegmentFile(
        final Storage storage, final Path path, final int length, final int indexIntervalBytes, final int allocated)
        throws IOException
    {
        this.storage = storage;
        this.path = path;
        this.length = length;
        this.allocated = allocated;
        this.region = storage.map(path, length);
        this.indexIntervalBytes = indexIntervalBytes;
    }

    static SegmentFile create(
        final Storage storage, final Path path, final int length, final int indexIntervalBytes) throws IOException
    {
        storage.create(path, length);
        return new SegmentFile(storage, path, length, indexIntervalBytes, 0);
    }

    Path path()
    {
        return path;
    }

    Region region()
    {
        return region;
    }

    int length()
    {
        return length;
    }

    int indexIntervalBytes()
    {
        return indexIntervalBytes;
    }

    boolean isReused()
    {
        return reused;
    }

    void markReused()
    {
        reused = true;
    }

    /**
     * From the page behind an index on, it is not known whether there is space.
     */
    void forgetAllocation(final int index)
    {
        allocated = Math.max(0, Math.min(length, (index + PAGE_LENGTH - 1) & -PAGE_LENGTH));
    }

    /**
     * Make the space up to a limit real and its pages writable without a fault. Never changes a byte below the limit
     * that was given before.
     */
    void prepare(final int from, final int limit) throws IOException
    {
        if (limit > allocated)
        {
            storage.preallocate(path, allocated, limit - allocated);
            allocated = limit;
        }

        touch(from, limit);
    }

    /**
     * Store to every page of a range without changing it. Atomic, because the owner may be storing to the same page.
     */
    void touch(final int from, final int limit)
    {
        for (int page = from & -PAGE_LENGTH; page < limit; page += PAGE_LENGTH)
        {
            region.buffer().getAndAddLong(page, 0L);
        }
    }

    void rename(final Path to) throws IOException
    {
        storage.rename(path, to);
        path = to;
    }
}
