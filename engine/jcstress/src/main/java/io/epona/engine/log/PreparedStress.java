package io.epona.engine.log;

import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

/**
 * Memory that the housekeeper prepared is the owner's, and stays as the owner left it.
 * <p>
 * The housekeeper writes and touches beyond the limit, where the owner never stores, and then stores the limit with
 * release. The owner stores only below a limit that it has acquired, so that nothing of the preparation can come after
 * its own store. Touching again below the limit, which the housekeeper does while the owner stores there, is an atomic
 * addition of 0: it takes part in the order of stores to that word, and puts back what stood there.
 */
@JCStressTest
@State
@Outcome(id = {"0, 0", "1, 1"}, expect = ACCEPTABLE, desc = "not prepared yet, or prepared and written")
@Outcome(expect = FORBIDDEN, desc = "memory that was not ready, or a store that was lost")
public class PreparedStress
{
    private static final int LIMIT = 8192;

    private final UnsafeBuffer memory = StressLog.memory();
    private final int index = StressLog.slot(StressLog.REUSED);
    private final Segment segment = StressLog.segment(0);

    /** The housekeeper prepares, and touches again. */
    @Actor
    public void housekeeper()
    {
        memory.putLong(index, 0);
        segment.preparedLimit(LIMIT);
        memory.getAndAddLong(index, 0L);
    }

    /**
     * The owner appends where there is room.
     *
     * @param result 1 where it did; else -1 where it found other bytes than zeros.
     */
    @Actor
    public void owner(final II_Result result)
    {
        if (segment.preparedLimit() >= LIMIT)
        {
            result.r1 = 0 == memory.getLong(index) ? 1 : -1;
            memory.putLong(index, StressLog.BATCH);
        }
    }

    /**
     * What stands in the log in the end.
     *
     * @param result 1 the batch, 0 zeros, -1 neither.
     */
    @Arbiter
    public void end(final II_Result result)
    {
        final long value = memory.getLong(index);
        result.r2 = StressLog.BATCH == value ? 1 : 0 == value ? 0 : -1;
    }

    /**
     * A whole segment is handed over: who takes it from {@link LogState#prepared()} finds limit and memory as they were
     * before the release, and the housekeeper sees it taken before it sees the roll into it.
     */
    @JCStressTest
    @State
    @Outcome(id = {"0, 0", "1, 0", "1, 1", "1, 2"}, expect = ACCEPTABLE, desc = "not there yet, or whole")
    @Outcome(expect = FORBIDDEN, desc = "a segment that was not ready, or a roll whose segment still waits")
    public static class Spare
    {
        private final UnsafeBuffer memory = StressLog.memory();
        private final int index = StressLog.slot(StressLog.REUSED);
        private final LogState state = StressLog.state(0);
        private final Segment active = StressLog.segment(0);
        private final Segment spare = StressLog.segment(1);

        /**
         * The housekeeper prepares a segment and looks whether it was taken.
         *
         * @param result 0 it waits, 1 taken, 2 taken and rolled into; -1 rolled into and still waiting.
         */
        @Actor
        public void housekeeper(final II_Result result)
        {
            memory.putLong(index, 0);
            spare.preparedLimit(LIMIT);
            state.prepared(spare);
            final boolean isRolled = null != active.next();
            final boolean isTaken = null == state.prepared();
            result.r2 = isRolled ? isTaken ? 2 : -1 : isTaken ? 1 : 0;
        }

        /**
         * The owner takes it.
         *
         * @param result 0 not there, 1 whole; else what was missing.
         */
        @Actor
        public void owner(final II_Result result)
        {
            final Segment next = state.prepared();
            if (null != next)
            {
                result.r1 = LIMIT != next.preparedLimit() ? -1 : 0 != memory.getLong(index) ? -2 : 1;
                state.prepared(null);
                active.next(next);
            }
        }
    }
}
