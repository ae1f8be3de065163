package io.epona.transport;

import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

/**
 * Who sees that a request is answered sees the answer: the copy of the response is made, with plain stores, before the
 * volatile store of the flag, and is looked at after the flag was seen.
 */
@JCStressTest
@State
@Outcome(id = {"0", "1"}, expect = ACCEPTABLE, desc = "not answered, or answered in full")
@Outcome(expect = FORBIDDEN, desc = "answered without the answer")
public class ControlRequestStress
{
    private static final UnsafeBuffer ANSWER = new UnsafeBuffer(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 });

    private final ControlRequest request = new ControlRequest(1, null, 0, 0);

    /** The thread that polls the session. */
    @Actor
    public void poller()
    {
        request.complete(ANSWER, 0, ANSWER.capacity());
    }

    /**
     * Who asked looks.
     *
     * @param result 0 nothing yet, 1 the answer; else what is missing.
     */
    @Actor
    public void asker(final I_Result result)
    {
        if (request.isDone())
        {
            result.r1 = null == request.response() ? -1 : request.response().getLong(0) != ANSWER.getLong(0) ? -2 : 1;
        }
    }
}
