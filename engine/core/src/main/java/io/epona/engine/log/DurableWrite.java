package io.epona.engine.log;

import io.epona.engine.Storage;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Small files that are replaced durably by a flusher, so that the housekeeper need not wait for the disk: it hands the
 * bytes over, looks after the runways, and asks in a later cycle whether they are on disk. Where there are no flushers
 * the housekeeper's thread writes them at once.
 * <p>
 * <b>Threads.</b> {@link #begin}, {@link #isDone()}, {@link #take()} and {@link #complete()} are the housekeeper's;
 * {@link #run()} is for whoever takes this from the queue. Whoever moves the phase from queued to running writes, and
 * nobody else; the transitions are volatile, and hand files and fault over.
 */
public final class DurableWrite implements FlushQueue.Work
{
    /**
     * A file and what it is to hold.
     *
     * @param path  of the file.
     * @param bytes not to be changed any more.
     */
    public record Content(Path path, byte[] bytes)
    {
    }

    private static final int IDLE = 0;
    private static final int QUEUED = 1;
    private static final int RUNNING = 2;
    private static final int DONE = 3;
    private static final long PARK_NS = 100_000;
    private static final VarHandle PHASE;

    static
    {
        try
        {
            PHASE = MethodHandles.lookup().findVarHandle(DurableWrite.class, "phase", int.class);
        }
        catch (final ReflectiveOperationException ex)
        {
            throw new ExceptionInInitializerError(ex);
        }
    }

    private final Storage storage;
    private final FlushQueue queue;
    private int phase = IDLE;
    private List<Content> contents = List.of();
    private IOException fault;

    /**
     * @param storage to write to.
     * @param queue   of the flushers, or null.
     */
    public DurableWrite(final Storage storage, final FlushQueue queue)
    {
        this.storage = storage;
        this.queue = queue;
    }

    /**
     * Begin to replace files, one after another. Nothing may be under way.
     *
     * @param newContents of the files.
     */
    public void begin(final List<Content> newContents)
    {
        if (IDLE != (int)PHASE.getVolatile(this))
        {
            throw new IllegalStateException("a write is under way");
        }

        contents = newContents;
        fault = null;
        // pairs with the compare-and-set in run
        PHASE.setVolatile(this, QUEUED);
        if (null == queue || !queue.offer(this))
        {
            run();
        }
    }

    @Override
    public int run()
    {
        if (!PHASE.compareAndSet(this, QUEUED, RUNNING))
        {
            // The housekeeper could not wait, or this is an entry of a write that was completed.
            return 0;
        }

        try
        {
            for (final Content content : contents)
            {
                storage.replace(content.path, content.bytes);
            }
        }
        catch (final IOException ex)
        {
            fault = ex;
        }
        catch (final RuntimeException ex)
        {
            fault = new IOException(ex);
        }
        finally
        {
            // pairs with the volatile load in isDone
            PHASE.setVolatile(this, DONE);
        }

        return 1;
    }

    /**
     * @return whether what was begun is over.
     */
    public boolean isDone()
    {
        // pairs with the volatile store in run
        return DONE == (int)PHASE.getVolatile(this);
    }

    /**
     * Take the result of what is done; another write may begin then.
     *
     * @return null, or why it failed: some of the files may have been replaced.
     */
    public IOException take()
    {
        if (!isDone())
        {
            throw new IllegalStateException("nothing is done");
        }

        contents = List.of();
        PHASE.setVolatile(this, IDLE);

        return fault;
    }

    /** Write what no flusher has begun, or wait for the one that has. Blocks. */
    public void complete()
    {
        run();
        while (RUNNING == (int)PHASE.getVolatile(this))
        {
            LockSupport.parkNanos(this, PARK_NS);
        }
    }
}
