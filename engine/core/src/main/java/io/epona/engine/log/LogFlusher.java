package io.epona.engine.log;

import io.epona.engine.Storage;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;

/**
 * Brings a log to the disk, as its flush policy says, and its segments' names. It blocks for as long as the disk
 * does, so it runs beside the housekeeper, which must keep the runway ahead meanwhile.
 * <p>
 * <b>Threads.</b> {@link #request()} is for any thread. What follows runs on one thread at a time: it is idle, waits
 * in the {@link FlushQueue}, or is run by the thread that took it from there; a request during a run leads to another
 * run. The owner requests under COMMIT, the housekeeper otherwise. Those transitions are volatile, and hand the fields
 * over; a run samples the log end after it has said that it runs, so a request that it makes superfluous was for
 * offsets that it sees.
 * <p>
 * <b>Why forced memory is not unmapped or reused meanwhile.</b> A run pins the log as a reader does, see
 * {@link LogReader}: it looks at log start and read refusal under the pin, and what leaves the log waits for the pin.
 * <p>
 * <b>Where it stays away from the owner.</b> Forcing a page protects it against stores, and the next one may wait for
 * the file system. So under INTERVAL only that is forced which was there half an interval ago: pages that the owner
 * has left, unless nothing was appended since. Under COMMIT the page at the log end cannot be spared, so the owner
 * stores to memory that is not the file's ({@link Storage#mapApart}), and a force writes what was appended.
 */
final class LogFlusher implements FlushQueue.Work
{
    private static final int IDLE = 0;
    private static final int QUEUED = 1;
    private static final int RUNNING = 2;
    private static final int RUNNING_AGAIN = 3;

    /** Others wait for the flusher: bytes that are forced in one run, unless acks wait for more. */
    private static final int FORCE_STEP_LENGTH = 4 * 1024 * 1024;

    private static final VarHandle PHASE;
    private static final VarHandle FAULT;
    private static final VarHandle TICKS;
    private static final VarHandle SEALED_POSITION;

    static
    {
        try
        {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            PHASE = lookup.findVarHandle(LogFlusher.class, "phase", int.class);
            FAULT = lookup.findVarHandle(LogFlusher.class, "fault", IOException.class);
            TICKS = lookup.findVarHandle(LogFlusher.class, "ticks", long.class);
            SEALED_POSITION = lookup.findVarHandle(LogFlusher.class, "sealedPosition", long.class);
        }
        catch (final ReflectiveOperationException ex)
        {
            throw new ExceptionInInitializerError(ex);
        }
    }

    private final LogState state;
    private final Storage storage;
    private final Path directory;
    private final FlushPolicy policy;
    private final FlushQueue queue;
    private final ReaderSlot slot;
    private final ArrayDeque<Segment> unnamed = new ArrayDeque<>();

    private int phase = IDLE;
    private IOException fault;
    /** Written by the housekeeper: half intervals that have passed. */
    private long ticks;
    /** Written by the housekeeper: end of the sealed segments that are to be forced. */
    private long sealedPosition;

    private Segment last;
    private Segment cursor;
    private int forcedIndex;
    private long seenTicks;
    private long sampledOffset;
    private long sampledPosition;
    private long targetOffset;
    private long targetPosition;

    LogFlusher(
        final LogContext context,
        final Path directory,
        final LogConfig config,
        final LogState state,
        final List<Segment> segments)
    {
        this.state = state;
        this.storage = context.storage();
        this.directory = directory;
        this.policy = config.flushPolicy();
        this.queue = context.flushQueue();
        this.slot = state.readers.add();
        reset(segments.get(segments.size() - 1));
    }

    /**
     * Begin anew where a log ends of which all is on disk. While {@link #tryHold() held}, or before use.
     *
     * @param active segment in which the log ends.
     */
    void reset(final Segment active)
    {
        unnamed.clear();
        last = active;
        cursor = active;
        sampledPosition = state.positions.position();
        targetPosition = sampledPosition;
        sampledOffset = state.positions.logEnd();
        targetOffset = sampledOffset;
        forcedIndex = active.tail(sampledPosition);
        state.positions.flushedEnd(sampledOffset);
    }

    /**
     * Ask for a run that sees all that the calling thread published before. Any thread.
     */
    void request()
    {
        // Orders what was published before against the phase; pairs with the volatile store at the begin of a run.
        VarHandle.fullFence();
        int now = (int)PHASE.getVolatile(this);
        while (IDLE == now || RUNNING == now)
        {
            final int next = IDLE == now ? QUEUED : RUNNING_AGAIN;
            if (PHASE.compareAndSet(this, now, next))
            {
                if (QUEUED == next)
                {
                    enqueue();
                }
                return;
            }
            now = (int)PHASE.getVolatile(this);
        }
    }

    private void enqueue()
    {
        if (null != queue && !queue.offer(this))
        {
            // The housekeeper asks again.
            PHASE.setVolatile(this, IDLE);
        }
    }

    /**
     * Do what is due, where a run was asked for. Blocks. By a thread that took this from the queue, or by the
     * housekeeper where there is no queue.
     *
     * @return work done.
     */
    @Override
    public int run()
    {
        if (!PHASE.compareAndSet(this, QUEUED, RUNNING))
        {
            return 0;
        }

        boolean isMoreDue = false;
        try
        {
            isMoreDue = flush(false);
        }
        finally
        {
            if (isToRunAgain(isMoreDue) && null != queue && !queue.offerAgain(this))
            {
                // The housekeeper asks again.
                PHASE.setVolatile(this, IDLE);
            }
        }

        return 1;
    }

    /**
     * Keep every run away, for work on the log that must not meet one. Housekeeper only.
     *
     * @return false while a run is under way: to be tried again.
     */
    boolean tryHold()
    {
        return PHASE.compareAndSet(this, IDLE, RUNNING) || PHASE.compareAndSet(this, QUEUED, RUNNING);
    }

    /**
     * Let runs be again.
     *
     * @param isMoreDue whether one is to follow.
     */
    void release(final boolean isMoreDue)
    {
        if (isToRunAgain(isMoreDue))
        {
            enqueue();
        }
    }

    private boolean isToRunAgain(final boolean isMoreDue)
    {
        if (!isMoreDue && PHASE.compareAndSet(this, RUNNING, IDLE))
        {
            return false;
        }
        PHASE.setVolatile(this, QUEUED);

        return true;
    }

    /**
     * @return what made a sync fail, after which nobody knows what is on disk, and nothing is forced any more; or
     *         null. Any thread.
     */
    IOException fault()
    {
        // pairs with the release in flush
        return (IOException)FAULT.getAcquire(this);
    }

    /** Half an interval has passed: what was there when the last one did is to be forced. Housekeeper only. */
    void onTick()
    {
        TICKS.setRelease(this, ticks + 1);
        request();
    }

    /** Sealed segments up to a position are to be forced. Housekeeper only. */
    void onSealedDue(final long position)
    {
        SEALED_POSITION.setRelease(this, position);
        request();
    }

    /**
     * Force everything up to the log end. The owner has stopped, and this is {@link #tryHold() held}.
     *
     * @return false while a segment has no name: the housekeeper renames it, then this is to be called again.
     */
    boolean forceAll()
    {
        flush(true);
        return unnamed.isEmpty() && null == fault;
    }

    private boolean flush(final boolean isAll)
    {
        slot.pin();
        try
        {
            // Under the pin: what leaves the log from here on waits for it.
            if (null != fault || 0 != state.readRefusal())
            {
                return false;
            }

            sample(isAll);
            nameSegments();

            return forceToTarget(isAll || FlushPolicy.COMMIT == policy ? Long.MAX_VALUE : FORCE_STEP_LENGTH);
        }
        catch (final IOException ex)
        {
            // pairs with the acquire in fault()
            FAULT.setRelease(this, ex);
            return false;
        }
        finally
        {
            slot.unpin();
        }
    }

    /** What is to be forced: an offset, and a position at or behind the one where it begins. */
    private void sample(final boolean isAll)
    {
        // The offset before the position before the links: then the position holds all below the offset, and the
        // segments are known in which it lies.
        final long offset = state.positions.logEnd();
        final long position = state.positions.position();
        for (Segment next = last.next(); null != next; next = last.next())
        {
            unnamed.add(next);
            last = next;
        }

        if (isAll || FlushPolicy.COMMIT == policy)
        {
            targetOffset = offset;
            targetPosition = position;
        }
        else if (FlushPolicy.INTERVAL == policy)
        {
            // pairs with the release in onTick
            final long tick = (long)TICKS.getAcquire(this);
            if (tick != seenTicks)
            {
                seenTicks = tick;
                targetOffset = sampledOffset;
                targetPosition = sampledPosition;
                sampledOffset = offset;
                sampledPosition = position;
            }
        }
        else
        {
            // pairs with the release in onSealedDue. The offsets come with the ends of the segments.
            targetPosition = (long)SEALED_POSITION.getAcquire(this);
        }
    }

    /**
     * A segment's header is durable before its name is, so that no crash leaves the name on other bytes. In between,
     * the housekeeper gives the name, since it is the one that uses names.
     */
    private void nameSegments() throws IOException
    {
        // What the housekeeper renames while the sync is under way is left to the next one.
        int renamed = 0;
        boolean isNext = true;
        for (final Segment segment : unnamed)
        {
            if (Segment.NEW == segment.naming())
            {
                segment.file().region().force(0, SegmentDescriptor.HEADER_LENGTH);
                segment.naming(Segment.HEADER_FORCED);
            }
            isNext &= Segment.RENAMED == segment.naming();
            renamed += isNext ? 1 : 0;
        }
        if (renamed > 0)
        {
            storage.syncDirectory(directory);
            for (; renamed > 0; renamed--)
            {
                unnamed.pollFirst().markNamed();
            }
        }
    }

    /**
     * @param maxLength bytes to force at most.
     * @return whether more is left to be forced.
     */
    private boolean forceToTarget(final long maxLength) throws IOException
    {
        long left = maxLength;
        boolean isForced = false;
        while (left > 0)
        {
            final Segment next = cursor.next();
            final long index = cursor.startIndex() + targetPosition - cursor.startPosition();
            final int end = (int)Math.max(0, Math.min(index, null == next ? cursor.capacity() : cursor.endIndex()));
            final boolean isRetired = null != next && next.baseOffset() <= state.positions.logStart();
            if (!isRetired && forcedIndex < end)
            {
                if (!cursor.isNamed())
                {
                    // The name comes first: without it, nothing in the file is found again for sure.
                    return false;
                }
                final int length = (int)Math.min(end - forcedIndex, left);
                cursor.file().region().force(forcedIndex, length);
                forcedIndex += length;
                left -= length;
                isForced = true;
            }
            else if (isRetired || null != next && end == cursor.endIndex())
            {
                cursor = next;
                forcedIndex = SegmentDescriptor.HEADER_LENGTH;
                advance(next.baseOffset());
            }
            else
            {
                advance(targetOffset);
                touchTail(isForced);
                return false;
            }
        }

        return true;
    }

    private void advance(final long offset)
    {
        if (offset > state.positions.flushedEnd())
        {
            state.positions.flushedEnd(offset);
        }
    }

    /** Take the fault of the page at the log end, so that the owner need not: it was protected when it was forced. */
    private void touchTail(final boolean isForced)
    {
        if (isForced && FlushPolicy.INTERVAL == policy && null == cursor.next())
        {
            final int tail = cursor.tail(state.positions.position());
            if (tail < cursor.preparedLimit())
            {
                cursor.file().touch(tail, tail + 1);
            }
        }
    }
}
