package io.epona.engine.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The housekeeper's side of a log: everything that may block. Owned by the housekeeper's thread.
 * <p>
 * It runs ahead of the owner ({@link LogPreparer}: memory and the next segment) and follows it ({@link LogFlusher}:
 * names and syncs; {@link LogRetention}: what the log keeps). One call does a bounded step of each, the runway first,
 * for the owner waits for nothing else.
 */
final class LogHousekeeper
{
    private final LogState state;
    private final LogRetention retention;
    private final LogPreparer preparer;
    private final LogFlusher flusher;
    private final IndexKeeper indexes;
    private final LogStateKeeper stateKeeper;

    private Segment current;
    private long position;

    LogHousekeeper(
        final LogContext context,
        final Path directory,
        final LogConfig config,
        final LogState state,
        final List<Segment> segments,
        final LogStateKeeper stateKeeper)
    {
        this.stateKeeper = stateKeeper;
        this.state = state;
        this.indexes = new IndexKeeper(context, directory, state);
        this.retention = new LogRetention(context, directory, config, state, segments, indexes.files());
        this.preparer = new LogPreparer(context, directory, config, state, retention);
        this.flusher = new LogFlusher(context, directory, state, retention);
        this.current = segments.get(segments.size() - 1);
    }

    int doWork(final long nowNs)
    {
        int work = followOwner(nowNs);
        if (!flusher.isFenced())
        {
            work += preparer.doWork(current, position, nowNs);
            work += flusher.doWork(nowNs);
            work += stateKeeper.doWork(current, nowNs);
        }
        work += retain(nowNs);
        work += indexes.doWork(nowNs);

        return work;
    }

    /**
     * Bring the view of this thread up to the owner's last roll.
     *
     * @param nowNs epoch ns, from which the delay of forcing counts; 0 where the log is being closed.
     */
    int followOwner(final long nowNs)
    {
        int work = 0;
        Segment next;
        do
        {
            // The position before the link: then a position that counts bytes of a new segment comes with its link.
            position = state.positions.position();
            next = current.next();
            if (null != next)
            {
                flusher.onRoll(current, next, nowNs);
                retention.onRoll(next);
                preparer.onRoll();
                indexes.onRoll(current);
                current = next;
                work++;
            }
        }
        while (null != next);

        return work;
    }

    private int retain(final long nowNs)
    {
        try
        {
            final Segment retired = stateKeeper.isPast(retention.oldest()) ?
                retention.retire(current.tail(position), nowNs) : null;
            if (null != retired)
            {
                flusher.onRetired(retired);
                indexes.onRetired(retired);
            }

            return retention.release(nowNs) + (null == retired ? 0 : 1);
        }
        catch (final IOException ex)
        {
            flusher.fence(ex);
            return 0;
        }
    }

    /**
     * Force everything up to the log end. The owner has stopped.
     *
     * @return whether it is all on disk.
     */
    boolean forceAll()
    {
        followOwner(0);
        final boolean isForced = flusher.forceAll(current, current.tail(position)) &&
            stateKeeper.close(current, current.tail(position), state.positions.logEnd());
        if (isForced)
        {
            indexes.storeAll();
        }

        return isForced;
    }

    LogStateKeeper stateKeeper()
    {
        return stateKeeper;
    }

    Segment current()
    {
        return current;
    }

    int tail()
    {
        return current.tail(position);
    }

    LogRetention retention()
    {
        return retention;
    }

    Segment spare()
    {
        return preparer.spare();
    }
}
