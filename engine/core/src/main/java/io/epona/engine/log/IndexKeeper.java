package io.epona.engine.log;

import org.agrona.ErrorHandler;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;

/**
 * Sees that sealed segments have an index: writes its files once a segment is on disk, reads them when a reader wants
 * them, makes them anew from the log where they are missing or wrong, and forgets what nobody looks at. Owned by the
 * housekeeper.
 * <p>
 * In memory are the index of the segment that grows, those that are not written yet, and those that were looked at in
 * the last two seconds. An index that cannot be written costs nobody anything but memory: it is reported once and
 * tried again. Writing is the flushers', one segment of a log at a time.
 */
final class IndexKeeper
{
    private static final int STEP_LENGTH = 1024 * 1024;
    private static final long SWEEP_INTERVAL_NS = 1_000_000_000L;
    private static final long RETRY_NS = 1_000_000_000L;

    private final LogState state;
    private final Path directory;
    private final IndexFiles files;
    private final ErrorHandler errorHandler;
    private final DurableWrite write;
    /** Sealed, with an index in memory that is to be written. */
    private final ArrayDeque<Segment> unstored = new ArrayDeque<>();
    /** Sealed, without any index. */
    private final ArrayDeque<Segment> unindexed = new ArrayDeque<>();
    private IndexBuilder builder;
    /** Its files are being written; it may have left the log meanwhile, and then they go again. */
    private Segment storing;
    private boolean isStoringRetired;
    private long sweepAtNs;
    private long retryAtNs;
    private boolean isStockTaken;
    private boolean isFailing;

    IndexKeeper(final LogContext context, final Path directory, final LogState state)
    {
        this.state = state;
        this.directory = directory;
        this.errorHandler = context.errorHandler();
        this.write = new DurableWrite(context.storage(), context.flushQueue());
        this.files = new IndexFiles(context.storage(), directory, state);
        final long nowNs = context.clock().nowNs();
        this.sweepAtNs = nowNs + SWEEP_INTERVAL_NS;
        this.retryAtNs = nowNs;
    }

    /**
     * The files, for whoever takes a segment out of the log. The housekeeper.
     */
    IndexFiles files()
    {
        return files;
    }

    /** The owner has left a segment. */
    void onRoll(final Segment sealed)
    {
        if (sealed.baseOffset() != sealed.next().baseOffset())
        {
            unstored.add(sealed);
        }
    }

    /** Compaction has put a segment, which has its index, in the place of others. */
    void onReplaced(final Segment merged)
    {
        unstored.add(merged);
    }

    /** A segment left the log, or is about to be written again: before its file is given away. */
    void onRetired(final Segment segment)
    {
        unstored.remove(segment);
        unindexed.remove(segment);
        isStoringRetired |= segment == storing;
        if (null != builder && segment == builder.segment())
        {
            builder = null;
        }
    }

    int doWork(final long nowNs)
    {
        if (!isStockTaken)
        {
            return takeStock(nowNs);
        }

        int work = serve();
        work += build();
        if (null != storing)
        {
            work += finishStore(nowNs);
        }
        else if (!unstored.isEmpty() && nowNs - retryAtNs >= 0)
        {
            work += store(nowNs);
        }
        if (nowNs - sweepAtNs >= 0)
        {
            sweepAtNs = nowNs + SWEEP_INTERVAL_NS;
            sweep();
        }

        return work;
    }

    private int takeStock(final long nowNs)
    {
        if (nowNs - retryAtNs < 0)
        {
            return 0;
        }

        final Segment[] segments = state.directory();
        try
        {
            files.takeStock(segments);
        }
        catch (final IOException ex)
        {
            report(nowNs, new IOException(directory + ": old index files could not be deleted, will retry: " + ex, ex));
            return 0;
        }
        isStockTaken = true;
        isFailing = false;
        for (int i = 0; i < segments.length - 1; i++)
        {
            final Segment segment = segments[i];
            if (null == segment.index() && !segment.isIndexStored())
            {
                unindexed.add(segment);
            }
        }

        return 1;
    }

    /** Bring the index that a reader wants. */
    private int serve()
    {
        final Segment wanted = state.takeWantedIndex();
        if (null == wanted || wanted.isGone() || null == wanted.next() || null != wanted.index())
        {
            return 0;
        }

        if (wanted.isIndexStored())
        {
            final SegmentIndex index = files.load(wanted);
            if (null != index)
            {
                wanted.isIndexUsed(true);
                wanted.index(index);
            }
            else
            {
                rebuild(wanted, files.fault());
            }
            return 1;
        }
        if (unindexed.remove(wanted))
        {
            unindexed.addFirst(wanted);
        }

        return 0;
    }

    private void rebuild(final Segment segment, final String reason)
    {
        state.counters.increment(LogCounters.INDEX_REBUILDS);
        errorHandler.onError(new IOException(
            files.offsetsFile(segment) + ": the index is made anew from the log: " + reason));
        segment.isIndexStored(false);
        segment.index(null);
        unindexed.addFirst(segment);
    }

    private int build()
    {
        if (null == builder)
        {
            if (unindexed.isEmpty())
            {
                return 0;
            }
            builder = new IndexBuilder(unindexed.pollFirst());
        }

        if (builder.step(STEP_LENGTH))
        {
            builder.segment().index(builder.index());
            unstored.add(builder.segment());
            builder = null;
        }

        return 1;
    }

    private int store(final long nowNs)
    {
        final Segment segment = unstored.peekFirst();
        if (segment.next().baseOffset() > state.positions.flushedEnd())
        {
            return 0;
        }

        unstored.pollFirst();
        final List<DurableWrite.Content> contents = files.encode(segment, segment.index());
        if (null == contents)
        {
            // A segment that is damaged keeps what it has, in memory.
            return 1;
        }
        storing = segment;
        write.begin(contents);

        return write.isDone() ? finishStore(nowNs) : 1;
    }

    private int finishStore(final long nowNs)
    {
        if (!write.isDone())
        {
            return 0;
        }

        final Segment stored = storing;
        final boolean isRetired = isStoringRetired;
        storing = null;
        isStoringRetired = false;
        IOException fault = write.take();
        try
        {
            if (isRetired)
            {
                // No other index of this base offset was written meanwhile: one at a time.
                stored.isIndexStored(true);
                files.delete(stored);
            }
        }
        catch (final IOException ex)
        {
            fault = ex;
        }
        if (null != fault)
        {
            if (!isRetired)
            {
                unstored.addFirst(stored);
            }
            report(nowNs, new IOException(
                files.offsetsFile(stored) + ": the index could not be written, will retry: " + fault, fault));
            return 0;
        }
        if (!isRetired)
        {
            stored.isIndexStored(true);
            isFailing = false;
        }

        return 1;
    }

    private void report(final long nowNs, final IOException fault)
    {
        retryAtNs = nowNs + RETRY_NS;
        if (!isFailing)
        {
            isFailing = true;
            state.counters.increment(LogCounters.STORAGE_ERRORS);
            errorHandler.onError(fault);
        }
    }

    /** Make anew what readers found to be wrong, forget what they did not look at. */
    private void sweep()
    {
        for (final Segment segment : state.directory())
        {
            if (null == segment.next())
            {
                return;
            }
            if (segment.takeIndexRefused() && segment.isIndexStored())
            {
                rebuild(segment, "a batch is not where it says");
            }
            else if (null != segment.index() && segment.isIndexStored() && !segment.takeIndexUsed())
            {
                segment.index(null);
            }
        }
    }

    /**
     * Write what is not written yet. When the log is closed and everything is on disk.
     */
    void storeAll()
    {
        boolean isStored = isStockTaken;
        while (isStored && (null != storing || !unstored.isEmpty()))
        {
            int work = null == storing ? store(retryAtNs) : 0;
            if (null != storing)
            {
                write.complete();
                work = finishStore(retryAtNs);
            }
            isStored = work > 0 && !isFailing;
        }
    }

    /** Wait until nothing is being written any more. Blocks. */
    void close()
    {
        if (null != storing)
        {
            write.complete();
            finishStore(retryAtNs);
        }
    }
}
