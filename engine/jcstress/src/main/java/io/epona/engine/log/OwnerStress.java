package io.epona.engine.log;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

/**
 * A log has one owner: of two threads that adopt it at once one is refused, for the name of the owner goes from null to
 * one thread by compare-and-set.
 */
@JCStressTest
@State
@Outcome(id = {"true, false", "false, true"}, expect = ACCEPTABLE, desc = "one owner")
@Outcome(expect = FORBIDDEN, desc = "two owners, or none")
public class OwnerStress
{
    private final LogState state = StressLog.state(0);

    /**
     * One thread.
     *
     * @param result whether it is the owner.
     */
    @Actor
    public void first(final ZZ_Result result)
    {
        result.r1 = state.adopt();
    }

    /**
     * Another one.
     *
     * @param result whether it is the owner.
     */
    @Actor
    public void second(final ZZ_Result result)
    {
        result.r2 = state.adopt();
    }

    /**
     * An owner that lets go, and the next one: the former's plain stores (tail, log end, the open segment) were made
     * before it stored null with release; who adopts has read that null by a compare-and-set, which acquires.
     */
    @JCStressTest
    @State
    @Outcome(id = {"0, 0", "1, 1"}, expect = ACCEPTABLE, desc = "refused, or all of it seen")
    @Outcome(expect = FORBIDDEN, desc = "an owner that does not see what the former one did")
    public static class HandOver
    {
        private final LogState state = StressLog.state(0);
        private int tail;

        /** Its thread is named by a test that does not know it: the former owner is whoever made the state. */
        public HandOver()
        {
            state.owner(Thread.currentThread());
        }

        /** The former owner appends and lets go. */
        @Actor
        public void former()
        {
            tail = 1;
            state.owner(null);
        }

        /**
         * The next one adopts the log.
         *
         * @param result whether it could, and what it saw.
         */
        @Actor
        public void next(final II_Result result)
        {
            if (null == state.owner() && state.adopt())
            {
                result.r1 = 1;
                result.r2 = tail;
            }
        }
    }
}
