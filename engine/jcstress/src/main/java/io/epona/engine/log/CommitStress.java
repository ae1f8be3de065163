package io.epona.engine.log;

import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

/**
 * Under {@code flush.policy=commit} a committed end is one that is in memory and on disk.
 * <p>
 * It is the lesser of two counters, each with one writer: the owner's high watermark and the flusher's end of what is
 * on disk. The flusher stores its end, with release, after the sync of what it had acquired from the owner's position
 * came back. So whoever acquires it sees that sync done, and the batch; the lesser of the two never runs ahead of
 * either.
 */
@JCStressTest
@State
@Outcome(id = {"0, 0", "1, 1"}, expect = ACCEPTABLE, desc = "not committed, or in memory and on disk")
@Outcome(expect = FORBIDDEN, desc = "committed before it was on disk or in memory")
public class CommitStress
{
    private final UnsafeBuffer memory = StressLog.memory();
    private final int index = StressLog.slot(0);
    private final LogPositions positions = StressLog.positions(0, FlushPolicy.COMMIT);
    private boolean isSynced;

    /** The owner appends. */
    @Actor
    public void owner()
    {
        memory.putLong(index, StressLog.BATCH);
        positions.publish(StressLog.SLOT_LENGTH, 1);
        positions.highWatermark(1);
    }

    /** The flusher syncs what is there. */
    @Actor
    public void flusher()
    {
        final long end = positions.logEnd();
        isSynced = end > 0;
        positions.flushedEnd(end);
    }

    /**
     * An acknowledgement, or a reader, looks.
     *
     * @param result whether it is committed, and whether it is in memory and synced.
     */
    @Actor
    public void reader(final II_Result result)
    {
        result.r1 = (int)positions.committedEnd();
        result.r2 = result.r1 > 0 && isSynced && StressLog.BATCH == memory.getLong(index) ? 1 : 0;
    }
}
