package io.epona.engine.log;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

/**
 * A cut of the log's end: the log goes from the owner to the housekeeper and back.
 * <p>
 * The owner stores what it knows of the log in plain fields, and then the request with release; from there on it stores
 * nothing. The housekeeper acquires the request, so it sees all of that, and may store to the same fields. It puts what
 * the log is now into the request, and then the result with release; the owner acquires the result before it looks at
 * anything else. So each of the two has the log alone, and sees all that the other did.
 */
@JCStressTest
@State
@Outcome(id = {"0, 0", "0, 1", "1, 1"}, expect = ACCEPTABLE, desc = "not seen yet, under way, or all of it seen")
@Outcome(expect = FORBIDDEN, desc = "a log that was handed over half")
public class TruncationStress
{
    private static final LogEnd END = new LogEnd(7, SegmentDescriptor.HEADER_LENGTH, 1, 1);
    private static final ProducerStates PRODUCERS = new ProducerStates();

    private final LogState state = StressLog.state(0);
    private final Segment cut = StressLog.segment(1);
    private final LogTruncation request = new LogTruncation(null, 7, false);
    private int tail;

    /**
     * The owner asks, and looks whether it is done.
     *
     * @param result 0 not yet, 1 done and all of it seen, -1 done and something missing.
     */
    @Actor
    public void owner(final II_Result result)
    {
        tail = 1;
        state.truncationRequest(request);
        if (request.isDone())
        {
            result.r1 = 2 == tail && 7 == request.result() && cut == request.active() && END == request.end() &&
                PRODUCERS == request.producers() ? 1 : -1;
        }
    }

    /**
     * The housekeeper does it.
     *
     * @param result 0 nothing was asked for, 1 it was, and the log is as the owner left it; else -1.
     */
    @Actor
    public void housekeeper(final II_Result result)
    {
        final LogTruncation found = state.truncationRequest();
        if (null != found)
        {
            result.r2 = 1 == tail ? 1 : -1;
            tail = 2;
            state.truncationRequest(null);
            found.complete(cut, END, PRODUCERS);
        }
    }

    /**
     * The next request of an owner that has seen the first one done is not taken away with it: the housekeeper clears
     * the place before it completes, and the owner fills it after it has acquired the completion.
     */
    @JCStressTest
    @State
    @Outcome(id = {"0, 0", "1, 1"}, expect = ACCEPTABLE, desc = "not done yet, or the next one waits")
    @Outcome(expect = FORBIDDEN, desc = "a request that nobody will ever see")
    public static class Next
    {
        private final LogState state = StressLog.state(0);
        private final LogTruncation first = new LogTruncation(null, 7, false);
        private final LogTruncation second = new LogTruncation(null, 3, false);

        /** The first one was asked for. */
        public Next()
        {
            state.truncationRequest(first);
        }

        /** The housekeeper does it. */
        @Actor
        public void housekeeper()
        {
            final LogTruncation found = state.truncationRequest();
            state.truncationRequest(null);
            found.complete(7);
        }

        /**
         * The owner asks again, when it is done.
         *
         * @param result whether it did.
         */
        @Actor
        public void owner(final II_Result result)
        {
            if (first.isDone())
            {
                state.truncationRequest(second);
                result.r1 = 1;
            }
        }

        /**
         * What the housekeeper finds next.
         *
         * @param result 1 the second request, 0 none.
         */
        @Arbiter
        public void end(final II_Result result)
        {
            result.r2 = second == state.truncationRequest() ? 1 : 0;
        }
    }
}
