package io.epona.engine.log;

import io.epona.engine.Storage;
import io.epona.engine.Storage.Region;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * A segment's file, and its mapping while it has one: what outlives a segment when retention gives it back for
 * reuse. Owned by the housekeeper (or the thread that opens the log).
 */
final class SegmentFile
{
    static final int PAGE_LENGTH = Region.PAGE_LENGTH;

    private final Storage storage;
    private final int length;
    private final int indexIntervalBytes;
    /** Under COMMIT single pages are forced again and again while the owner stores beside them. */
    private final boolean isApart;
    private Path path;
    private Region region;
    private int allocated;
    private boolean reused;
    private boolean isUsed;

    SegmentFile(
        final Storage storage, final Path path, final int length, final LogConfig config, final int allocated)
    {
        this.storage = storage;
        this.path = path;
        this.length = length;
        this.allocated = allocated;
        this.indexIntervalBytes = config.indexIntervalBytes();
        this.isApart = FlushPolicy.COMMIT == config.flushPolicy();
    }

    static SegmentFile create(
        final Storage storage, final Path path, final int length, final LogConfig config) throws IOException
    {
        storage.create(path, length);
        final SegmentFile file = new SegmentFile(storage, path, length, config, 0);
        file.map();

        return file;
    }

    Path path()
    {
        return path;
    }

    /**
     * @return the mapping, made where there is none. Not to be kept between two calls of the housekeeper: a sealed
     *         segment loses it when nobody has asked for it for a while.
     * @throws UncheckedIOException where it cannot be made.
     */
    Region region()
    {
        if (null == region)
        {
            try
            {
                map();
            }
            catch (final IOException ex)
            {
                throw new UncheckedIOException(ex);
            }
        }
        isUsed = true;

        return region;
    }

    /**
     * Map the file where it is not mapped.
     *
     * @throws IOException where that fails.
     */
    void map() throws IOException
    {
        if (null == region)
        {
            region = isApart ? storage.mapApart(path, length) : storage.map(path, length);
            isUsed = true;
        }
    }

    /**
     * Give the mapping back, where there is one. No reader may be in it.
     */
    void unmap()
    {
        if (null != region)
        {
            region.unmap();
            region = null;
        }
    }

    boolean isMapped()
    {
        return null != region;
    }

    /**
     * @return whether the mapping was asked for since the last call of this.
     */
    boolean takeUsed()
    {
        final boolean wasUsed = isUsed;
        isUsed = false;

        return wasUsed;
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
            if (isApart)
            {
                storage.preallocatePages(path, allocated, limit - allocated);
            }
            else
            {
                storage.preallocate(path, allocated, limit - allocated);
            }
            allocated = limit;
        }

        touch(from, limit);
    }

    /**
     * Store to every page of a range without changing it.
     */
    void touch(final int from, final int limit)
    {
        region().touch(from, limit - from);
    }

    void rename(final Path to) throws IOException
    {
        storage.rename(path, to);
        path = to;
    }
}
